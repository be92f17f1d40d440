using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MilvusCdc.Tests.Shared;

/// <summary>A certificate for one host, or one program, that nobody signed but itself: whoever is given it as an authority believes it, nobody else does.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly ECDsa _key;

    private TestCertificate(ECDsa key, X509Certificate2 certificate)
    {
        _key = key;
        Certificate = certificate;
    }

    /// <summary>With its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="hosts">Names and addresses that it holds for; none: its name.</param>
    public static TestCertificate For(string name, params string[] hosts)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts.Length > 0 ? hosts : [name])
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return new TestCertificate(key, request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    /// <summary>Writes both in PEM form: <c>name.pem</c> and <c>name.key</c>.</summary>
    public async Task<(string Certificate, string Key)> WriteAsync(string folder, string name)
    {
        (string certificate, string key) = (Path.Combine(folder, $"{name}.pem"), Path.Combine(folder, $"{name}.key"));
        await File.WriteAllTextAsync(certificate, Certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(key, _key.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}
