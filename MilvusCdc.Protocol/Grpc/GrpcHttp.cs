using System.Net;
using MilvusCdc.Protocol.Tls;

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
            handler.SslOptions = ClientTls.Of(options.AuthorityFile, options.ClientCertificateFile, options.ClientKeyFile);
        }

        return new HttpMessageInvoker(handler);
    }
}
