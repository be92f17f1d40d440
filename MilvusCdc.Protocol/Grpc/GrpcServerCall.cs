using Microsoft.AspNetCore.Http;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>What a handler knows of the call it answers.</summary>
public sealed class GrpcServerCall
{
    internal GrpcServerCall(HttpContext http, TimeSpan? timeout, CancellationToken cancellation)
    {
        Method = http.Request.Path.Value ?? "";
        Metadata = http.Request.Headers;
        Timeout = timeout;
        Peer = $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort}";
        CancellationToken = cancellation;
    }

    /// <summary>The path, <c>/package.Service/Method</c>.</summary>
    public string Method { get; }

    /// <summary>The request's headers.</summary>
    public IHeaderDictionary Metadata { get; }

    /// <summary>How long the client waits, or null.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>The client's address and port.</summary>
    public string Peer { get; }

    /// <summary>Ends at the client's deadline, or when the client has gone or has cancelled.</summary>
    public CancellationToken CancellationToken { get; }
}
