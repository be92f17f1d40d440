using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>A task that is to be created, or only planned.</summary>
public sealed record CreateTaskBody
{
    /// <summary>The id: letters, digits, '.', '_' and '-'. Creating a task again with the same id and the same definition is answered with the task that is there. Default: a new one.</summary>
    public string? Id { get; init; }

    /// <summary>Where to.</summary>
    public required TargetBody Target { get; init; }

    /// <summary>What.</summary>
    public required CollectionsBody Collections { get; init; }

    /// <summary>Other names on the target.</summary>
    public IReadOnlyList<MappingShape>? Mappings { get; init; }

    /// <summary>Where reading begins. Default Latest.</summary>
    public TaskStart? Start { get; init; }

    /// <summary>Start positions by source vchannel: base64 of a serialized MsgPosition, as backup tools and the Go tool write them.</summary>
    public IReadOnlyDictionary<string, string>? Positions { get; init; }

    /// <summary>Start position of the channel of operations.</summary>
    public string? OperationPosition { get; init; }

    /// <summary>What happens to changes that need a decision.</summary>
    public PolicyBody? Policies { get; init; }

    /// <summary>Whether the task runs on by itself after a restart of its worker. Default true.</summary>
    public bool? AutoStart { get; init; }

    /// <summary>Whether the task begins paused. Default false.</summary>
    public bool? Paused { get; init; }
}

/// <summary>How a target is reached.</summary>
public sealed record TargetBody
{
    /// <summary><c>http://host:port</c>, or <c>https://</c> for TLS.</summary>
    public required string Address { get; init; }

    /// <summary><c>user:password</c> or an API key. Never shown again.</summary>
    public string? Token { get; init; }

    /// <summary>Seconds within which the first connection must stand: more than 0, at most 3600. Default 10.</summary>
    public double? ConnectTimeoutSeconds { get; init; }

    /// <summary>TLS settings.</summary>
    public TlsShape? Tls { get; init; }

    /// <summary>Partitions are neither created nor dropped on the target. Default false.</summary>
    public bool? IgnorePartitions { get; init; }
}

/// <summary>Which collections, as <c>database.collection</c>; <c>*</c> stands for all.</summary>
public sealed record CollectionsBody
{
    /// <summary>At least one: <c>shop.orders</c>, <c>shop.*</c>, <c>*.*</c>.</summary>
    public required IReadOnlyList<string> Include { get; init; }

    /// <summary>Left out again.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }
}

/// <summary>What happens to changes that need a decision; what is absent stays, or is the default.</summary>
public sealed record PolicyBody
{
    /// <summary>Aliases, renames and properties. Default Replicate.</summary>
    public MetadataPolicy? Metadata { get; init; }

    /// <summary>Bulk imports and messages of unknown type. Default Block.</summary>
    public UnsupportedPolicy? Unsupported { get; init; }

    /// <summary>Messages that the target refuses for their own sake. Default Block.</summary>
    public RefusedPolicy? Refused { get; init; }

    /// <summary>Whether users, roles and privileges are replicated. Default false.</summary>
    public bool? UsersAndRoles { get; init; }
}

/// <summary>What of a task is to change (merge patch); what is absent stays. The task begins anew with it, at its checkpoint.</summary>
public sealed record PatchTaskBody
{
    /// <summary>Login, deadline and TLS settings of the target; its address never changes.</summary>
    public PatchTargetBody? Target { get; init; }

    /// <summary>Policies.</summary>
    public PolicyBody? Policies { get; init; }

    /// <summary>Whether the task runs on by itself after a restart of its worker.</summary>
    public bool? AutoStart { get; init; }
}

/// <summary>What of a target may change.</summary>
public sealed record PatchTargetBody
{
    /// <summary>A new login.</summary>
    public string? Token { get; init; }

    /// <summary>Seconds within which the first connection must stand.</summary>
    public double? ConnectTimeoutSeconds { get; init; }

    /// <summary>TLS settings.</summary>
    public TlsShape? Tls { get; init; }
}

/// <summary>Why a task is paused.</summary>
public sealed record PauseBody
{
    /// <summary>A sentence for whoever looks at the task.</summary>
    public string? Reason { get; init; }
}

/// <summary>How a dead letter is sent again.</summary>
public sealed record ReplayBody
{
    /// <summary>Without a look at what the source did to its rows since, for when its log no longer has it. Default false.</summary>
    public bool? Unchecked { get; init; }
}

/// <summary>Why a dead letter is given up.</summary>
public sealed record SkipBody
{
    /// <summary>A sentence for whoever asks later.</summary>
    public string? Note { get; init; }
}

/// <summary>What of a checkpoint is set by hand; what is absent stays.</summary>
public sealed record SetCheckpointBody
{
    /// <summary>A Milvus timestamp as text: everything up to it is taken to be on the target.</summary>
    public string? Frontier { get; init; }

    /// <summary>By source pchannel, the first message to read.</summary>
    public IReadOnlyDictionary<string, string>? Positions { get; init; }

    /// <summary>The first message of the channel of operations to read.</summary>
    public string? Operations { get; init; }

    /// <summary>What it may do to the target: <c>skipped</c>, <c>repeated</c>, or both.</summary>
    public IReadOnlyList<string>? Accept { get; init; }

    /// <summary>The task's id once more: the confirmation.</summary>
    public required string Confirm { get; init; }

    /// <summary>Why; a sentence for whoever asks later.</summary>
    public string? Note { get; init; }
}
