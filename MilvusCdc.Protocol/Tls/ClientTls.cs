using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MilvusCdc.Protocol.Tls;

/// <summary>The client's side of TLS, from files in PEM format.</summary>
internal static class ClientTls
{
    /// <summary>Options with the authorities and the client certificate that are named; null: the system's authorities, no certificate. Throws <see cref="ArgumentException"/> when a file cannot be used.</summary>
    public static SslClientAuthenticationOptions Of(string? authorityFile, string? certificateFile, string? keyFile)
    {
        SslClientAuthenticationOptions tls = new();
        if (authorityFile is { } authorities)
        {
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Use(authorities, () => policy.CustomTrustStore.ImportFromPemFile(authorities));
            if (policy.CustomTrustStore.Count == 0)
            {
                throw new ArgumentException($"The TLS file '{authorities}' has no certificate in PEM format.");
            }

            tls.CertificateChainPolicy = policy;
        }

        if (certificateFile is { } certificate)
        {
            // As a context, not a collection: the certificate is then sent whatever issuers the server names.
            Use(certificate, () => tls.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(certificate, keyFile), additionalCertificates: null, offline: true));
        }

        return tls;
    }

    private static void Use(string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception failed) when (failed is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The TLS file '{file}' cannot be used: {failed.Message}", failed);
        }
    }
}
