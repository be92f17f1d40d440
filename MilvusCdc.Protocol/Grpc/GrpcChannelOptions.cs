namespace MilvusCdc.Protocol.Grpc;

/// <summary>How a <see cref="GrpcChannel"/> reaches its server.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary><c>http://host:port</c> for HTTP/2 in clear text, <c>https://host:port</c> for TLS.</summary>
    public required Uri Address { get; set; }

    /// <summary>PEM file with the authorities to trust instead of the system's; null: the system's.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>PEM file with the client's certificate (mutual TLS); needs <see cref="ClientKeyFile"/>.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>PEM file with the client's private key.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The name the server's certificate must have; null: the host of <see cref="Address"/>.</summary>
    public string? ServerName { get; set; }

    /// <summary>Largest message that is accepted from the server. Default 256 MiB.</summary>
    public int MaxReceiveBytes { get; set; } = 256 << 20;

    /// <summary>HTTP/2 window of one stream. Default 1 MiB; 64 KiB to 16 MiB.</summary>
    public int StreamWindowBytes { get; set; } = 1 << 20;

    /// <summary>How long a TCP and TLS connect may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a server with open calls is pinged. Default 8 s; etcd and Milvus refuse pings more often than every 5 s.</summary>
    public TimeSpan KeepAliveDelay { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the answer to a ping may take before the connection counts as dead. Default 5 s.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a connection without open calls is pinged too (the server must allow it). Default false.</summary>
    public bool KeepAliveWhenIdle { get; set; }
}
