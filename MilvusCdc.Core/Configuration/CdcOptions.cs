using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Configuration;

/// <summary>Everything a process of MilvusCdc is told from outside: configuration section <c>Cdc</c>, environment variables <c>Cdc__…</c>.</summary>
public sealed record CdcOptions
{
    /// <summary>The configuration section all keys below are in.</summary>
    public const string Section = "Cdc";

    /// <summary>The Milvus whose changes are read.</summary>
    public required SourceOptions Source { get; init; }

    /// <summary>Where tasks, owners and checkpoints are kept.</summary>
    public required MetaStoreOptions MetaStore { get; init; }

    /// <summary>The process that runs tasks.</summary>
    public required WorkerOptions Worker { get; init; }

    /// <summary>The control API.</summary>
    public required ApiOptions Api { get; init; }

    /// <summary>How faults are waited out.</summary>
    public ResilienceOptions Resilience { get; init; } = new();

    /// <summary>How much of the source's log may be in memory.</summary>
    public SourceReaderOptions Reading { get; init; } = new();

    /// <summary>What is kept of messages that the target refuses.</summary>
    public DeadLetterOptions DeadLetters { get; init; } = new();

    /// <summary>Which secrets clients may name.</summary>
    public required SecretOptions Secrets { get; init; }

    /// <summary>The meta store of a Go tool whose tasks are taken over.</summary>
    public required TakeOverOptions TakeOver { get; init; }
}

/// <summary>Which secrets of this machine the requests of clients may refer to.</summary>
public sealed record SecretOptions
{
    /// <summary>Files below these. Default <c>/run/secrets</c> and <c>/var/run/secrets</c>.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Environment variables that begin with it. Default <c>CDC_SECRET_</c>.</summary>
    public required string VariablePrefix { get; init; }
}

/// <summary>Where the Go tool keeps its tasks.</summary>
public sealed record TakeOverOptions
{
    /// <summary>Default: the meta store's.</summary>
    public required EtcdSettings Etcd { get; init; }

    /// <summary>Its <c>metaStoreConfig.rootPath</c>. Default: the meta store's root path.</summary>
    public required string RootPath { get; init; }

    /// <summary>How long its positions must stand still for it to be taken as stopped. Default 6 s, since a running Go tool writes them every 5 s; 0 s to 5 min.</summary>
    public required TimeSpan Stillness { get; init; }
}

/// <summary>The source Milvus: its metadata, its log.</summary>
public sealed record SourceOptions
{
    /// <summary>The etcd that holds the source's metadata.</summary>
    public required EtcdSettings Etcd { get; init; }

    /// <summary>Milvus's <c>etcd.rootPath</c>. Default <c>by-dev</c>.</summary>
    public required string RootPath { get; init; }

    /// <summary>Milvus's <c>etcd.metaSubPath</c>. Default <c>meta</c>.</summary>
    public required string MetaSubPath { get; init; }

    /// <summary>The brokers that hold the source's log, unless <see cref="Pulsar"/> does.</summary>
    public required KafkaOptions Kafka { get; init; }

    /// <summary>The Pulsar that holds the source's log; null: Kafka does.</summary>
    public PulsarOptions? Pulsar { get; init; }

    /// <summary>The channel of operations (index, load, flush, database …). Default <c>by-dev-replicate-msg</c>.</summary>
    public required string ReplicateChannel { get; init; }

    /// <summary>Milvus's <c>common.defaultPartitionName</c>. Default <c>_default</c>.</summary>
    public string DefaultPartition { get; init; } = "_default";

    /// <summary>The name of the database that collections without one belong to. Default <c>default</c>.</summary>
    public required string DefaultDatabase { get; init; }
}

/// <summary>The Kafka brokers of the source.</summary>
public sealed record KafkaOptions
{
    /// <summary><c>host:port</c>, several separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>Further librdkafka settings by their own names (<c>security.protocol</c>, <c>sasl.password</c> …). Never logged.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }
}

/// <summary>How an etcd is reached.</summary>
public sealed record EtcdSettings
{
    /// <summary>At least one; <c>http://</c> or <c>https://</c>.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Null: no login.</summary>
    public string? User { get; init; }

    /// <summary>Never shown.</summary>
    public string? Password { get; init; }

    /// <summary>PEM file with the client certificate, or null.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file with the client key, or null.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with the authorities that may sign the server's certificate; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>The same for the client.</summary>
    public EtcdOptions ToClient() => new()
    {
        Endpoints = [.. Endpoints.Select(static endpoint => endpoint.GetLeftPart(UriPartial.Authority))],
        User = User,
        Password = Password,
        AuthorityFile = CaFile,
        ClientCertificateFile = CertFile,
        ClientKeyFile = KeyFile,
    };
}

/// <summary>Where this program keeps what it must not forget.</summary>
public sealed record MetaStoreOptions
{
    /// <summary>May be the source's etcd or another one.</summary>
    public required EtcdSettings Etcd { get; init; }

    /// <summary>Every key begins with it and a slash. Default <c>cdc</c>.</summary>
    public required string RootPath { get; init; }
}

/// <summary>The worker.</summary>
public sealed record WorkerOptions
{
    /// <summary>How people recognise this worker. Default: the machine's name and the process id.</summary>
    public required string Name { get; init; }

    /// <summary>Time after which the tasks of a worker that went silent are free for another. Default 10 s; 2 s to 10 min, whole seconds.</summary>
    public required TimeSpan LeaseTtl { get; init; }
}

/// <summary>The control API.</summary>
public sealed record ApiOptions
{
    /// <summary>Tasks that may exist at a time. Default 100; 1 to 10,000.</summary>
    public required int MaxTasks { get; init; }

    /// <summary>Longest name of a database or collection in bytes of UTF-8. Default 256; 1 to 65,535.</summary>
    public required int MaxNameLength { get; init; }

    /// <summary>Largest request in bytes. Default 16 MiB; 1 KiB to 256 MiB.</summary>
    public required int MaxRequestSize { get; init; }

    /// <summary>Tokens that are accepted. Default none: then everybody may do everything, on this machine only.</summary>
    public required IReadOnlyList<ApiToken> Tokens { get; init; }

    /// <summary>Whether the API may be reached from other machines although it asks for no token. Default false.</summary>
    public required bool AllowAnonymous { get; init; }

    /// <summary>Whether a token must be shown.</summary>
    public bool AsksForTokens => Tokens.Count > 0;
}
