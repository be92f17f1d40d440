using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>Makes the HTTP/2 client under a channel.</summary>
internal static class GrpcHttp
{
    public static HttpMessageInvoker Create(GrpcChannelOptions options)
    {
        if (options.Address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address '{options.Address}' must begin with http:// or https://.", nameof(options));
        }

        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = options.StreamWindowBytes,
            KeepAlivePingDelay = options.KeepAliveDelay,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = options.KeepAliveWhenIdle ? HttpKeepAlivePingPolicy.Always : HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
            UseCookies = false,
            UseProxy = false,
        };
        if (options.Address.Scheme == "https")
        {
            handler.SslOptions = Tls(options);
        }

        return new HttpMessageInvoker(handler);
    }

    private static SslClientAuthenticationOptions Tls(GrpcChannelOptions options)
    {
        SslClientAuthenticationOptions tls = new();
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
            // As a context, not a collection: the certificate is then sent whatever issuers the server names.
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
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The TLS file '{file}' cannot be used: {e.Message}", e);
        }
    }
}
