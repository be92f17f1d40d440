namespace MilvusCdc.Core.Tasks;

/// <summary>What a task replicates and where to. After creation only login, deadlines, policies and automatic start may change.</summary>
public sealed record TaskDefinition
{
    /// <summary>The task's id: chosen by the client, or 32 lower-case hex characters.</summary>
    public required string Id { get; init; }

    /// <summary>The Milvus that is kept equal to the source.</summary>
    public required TargetEndpoint Target { get; init; }

    /// <summary>Which of the source's collections are replicated.</summary>
    public required CollectionSelection Selection { get; init; }

    /// <summary>Other names on the target, by source database; empty: the same names.</summary>
    public IReadOnlyList<NameMapping> Mappings { get; init; } = [];

    /// <summary>Where reading begins when the task has no checkpoint.</summary>
    public TaskStart Start { get; init; } = TaskStart.Latest;

    /// <summary>Start positions by source vchannel, as base64 of a serialized MsgPosition; wins over <see cref="Start"/> for the channels it names.</summary>
    public IReadOnlyDictionary<string, string> Positions { get; init; } = new Dictionary<string, string>();

    /// <summary>Start position of the replicate channel, as base64 of a serialized MsgPosition; null: as <see cref="Start"/> says.</summary>
    public string? OperationPosition { get; init; }

    /// <summary>What happens to changes that Milvus does not put in its log.</summary>
    public TaskPolicies Policies { get; init; } = new();

    /// <summary>Whether a restart of the worker leaves the task paused.</summary>
    public bool DisableAutoStart { get; init; }
}

/// <summary>Where reading begins.</summary>
public enum TaskStart
{
    /// <summary>At the newest message: only changes from now on.</summary>
    Latest,

    /// <summary>At the creation of each collection: the whole history that the log still has.</summary>
    CollectionStart,
}

/// <summary>How a target Milvus is reached.</summary>
public sealed record TargetEndpoint
{
    /// <summary>For example <c>http://10.0.0.7:19530</c>; <c>https</c> turns TLS on.</summary>
    public required Uri Address { get; init; }

    /// <summary>API key or <c>user:password</c>; null: none. Never shown.</summary>
    public string? Token { get; init; }

    /// <summary>Time within which the first connection must stand. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Path of a PEM file with the authorities that may sign the target's certificate; null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Path of the client certificate's PEM file, or null.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>Path of the client key's PEM file, or null.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>The name that the target's certificate must have; null: the address's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Partitions are neither created nor dropped on the target.</summary>
    public bool IgnorePartitions { get; init; }

    /// <summary>The target's number of DML channels as the client stated it; 0: not stated. Echoed, not used: mapping goes by the target's own answer.</summary>
    public int ChannelCount { get; init; }
}

/// <summary>Which collections of which databases; <c>*</c> stands for all.</summary>
/// <param name="Include">At least one. A database's later collections are taken in when the name is <c>*</c>.</param>
/// <param name="Exclude">Taken out again; wins over <paramref name="Include"/>.</param>
public sealed record CollectionSelection(IReadOnlyList<CollectionPattern> Include, IReadOnlyList<CollectionPattern> Exclude)
{
    /// <summary>Everything.</summary>
    public static CollectionSelection All { get; } = new([new CollectionPattern("*", "*")], []);

    /// <summary>Whether a collection belongs to the task, by its source names.</summary>
    public bool Selects(string database, string collection) =>
        Include.Any(pattern => pattern.Matches(database, collection)) && !Exclude.Any(pattern => pattern.Matches(database, collection));

    /// <summary>Whether any collection of the database could belong to the task.</summary>
    public bool TouchesDatabase(string database) => Include.Any(pattern => pattern.Database is "*" || pattern.Database == database);
}

/// <summary>One database and one collection name; either may be <c>*</c>.</summary>
public sealed record CollectionPattern(string Database, string Collection)
{
    /// <summary>Whether both names fit.</summary>
    public bool Matches(string database, string collection) =>
        (Database is "*" || Database == database) && (Collection is "*" || Collection == collection);
}

/// <summary>Names on the target for one source database. With no collection named, the whole database is mapped.</summary>
public sealed record NameMapping(string SourceDatabase, string TargetDatabase, IReadOnlyDictionary<string, string> Collections);

/// <summary>What happens to changes that need a decision.</summary>
public sealed record TaskPolicies
{
    /// <summary>Aliases, renames and properties: seen in the source's metadata only.</summary>
    public MetadataPolicy Metadata { get; init; } = MetadataPolicy.Replicate;

    /// <summary>Bulk imports and messages of unknown type.</summary>
    public UnsupportedPolicy Unsupported { get; init; } = UnsupportedPolicy.Block;

    /// <summary>Messages that the target refuses for their own sake.</summary>
    public RefusedPolicy Refused { get; init; } = RefusedPolicy.Block;

    /// <summary>Users, roles and privileges (sources of 2.4.10 and later). Default off.</summary>
    public bool ReplicateUsersAndRoles { get; init; }
}

/// <summary>What happens to a change that is seen in the metadata only.</summary>
public enum MetadataPolicy
{
    /// <summary>It is done on the target.</summary>
    Replicate,

    /// <summary>It is counted and left out.</summary>
    Ignore,

    /// <summary>The task stops there until a person decides.</summary>
    Block,
}

/// <summary>What happens to a change that cannot be replicated.</summary>
public enum UnsupportedPolicy
{
    /// <summary>The task stops there until a person decides.</summary>
    Block,

    /// <summary>It is counted and left out.</summary>
    Ignore,
}

/// <summary>What happens to a message, or rows of it, that the target refuses for its own sake.</summary>
public enum RefusedPolicy
{
    /// <summary>The task stops there until a person decides.</summary>
    Block,

    /// <summary>It is stored as a dead letter, and the task goes on.</summary>
    SetAside,
}
