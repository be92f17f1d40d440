using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What the reader shows to a broker: a token, user and password, certificates, or nothing.</summary>
internal sealed class PulsarAuthentication(PulsarSourceLogOptions options)
{
    /// <summary>Pulsar's name of the method.</summary>
    public string Method => options switch
    {
        { Token: not null } or { TokenFile: not null } => "token",
        { User: not null } => "basic",
        { ClientCertificateFile: not null } => "tls",
        _ => "none",
    };

    /// <summary>What the method sends, or null. Throws <see cref="SourceLogException"/> when the token's file cannot be read.</summary>
    public ByteString? Data()
    {
        if (options.User is not null)
        {
            return ByteString.CopyFrom($"{options.User}:{options.Password}", Encoding.UTF8);
        }

        try
        {
            string? token = options.Token ?? (options.TokenFile is { } file ? File.ReadAllText(file).Trim() : null);
            return token is null ? null : ByteString.CopyFrom(token, Encoding.UTF8);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new SourceLogException($"Pulsar's token file '{options.TokenFile}' cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>TLS towards <paramref name="host"/>. Throws <see cref="ArgumentException"/> when a file cannot be used.</summary>
    public SslClientAuthenticationOptions Tls(string host)
    {
        SslClientAuthenticationOptions tls = new() { TargetHost = host };
        if (options.AuthorityFile is { } authorities)
        {
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Use(authorities, () => policy.CustomTrustStore.ImportFromPemFile(authorities));
            if (policy.CustomTrustStore.Count == 0)
            {
                throw new ArgumentException($"The TLS file '{authorities}' has no certificate in PEM format.");
            }

            tls.CertificateChainPolicy = policy;
        }

        if (options.ClientCertificateFile is { } certificate)
        {
            Use(certificate, () => tls.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(certificate, options.ClientKeyFile), additionalCertificates: null, offline: true));
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
