using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Core.Configuration;

/// <summary>The Pulsar of the source.</summary>
public sealed record PulsarOptions
{
    /// <summary><c>pulsar://host:port</c> or <c>pulsar+ssl://host:port</c>, several hosts separated by commas.</summary>
    public required string ServiceUrl { get; init; }

    /// <summary>Milvus's <c>pulsar.tenant</c>. Default <c>public</c>.</summary>
    public required string Tenant { get; init; }

    /// <summary>Milvus's <c>pulsar.namespace</c>. Default <c>default</c>.</summary>
    public required string Namespace { get; init; }

    /// <summary>Never shown.</summary>
    public string? Token { get; init; }

    /// <summary>A file that holds the token, read anew for each connection; or null.</summary>
    public string? TokenFile { get; init; }

    /// <summary>User of Pulsar's basic authentication, or null.</summary>
    public string? User { get; init; }

    /// <summary>Never shown.</summary>
    public string? Password { get; init; }

    /// <summary>PEM file with the authorities that may sign the broker's certificate; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the client certificate, or null.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file with the client key, or null.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The admin API, for example <c>http://10.0.0.6:8080</c>; null: how long the log is kept is not looked up.</summary>
    public Uri? AdminUrl { get; init; }

    /// <summary>Whether each task has a durable subscription on every channel that it reads, acknowledged at its checkpoints and removed with it. Default no.</summary>
    public bool Durable { get; init; }

    /// <summary>The same for a reader. <paramref name="task"/>: whose subscription is used when subscriptions are durable; null: nothing is left on the broker. <paramref name="readAhead"/>: bytes that it may read ahead.</summary>
    public PulsarSourceLogOptions ToReader(string? task, long readAhead = 64L << 20) => new()
    {
        QueueBytes = readAhead,
        ServiceUrl = ServiceUrl,
        Tenant = Tenant,
        Namespace = Namespace,
        Token = Token,
        TokenFile = TokenFile,
        User = User,
        Password = Password,
        AuthorityFile = CaFile,
        ClientCertificateFile = CertFile,
        ClientKeyFile = KeyFile,
        Durable = Durable && task is not null,
        Subscription = task is null ? "milvus-cdc" : $"milvus-cdc-{Uri.EscapeDataString(task)}",
    };
}
