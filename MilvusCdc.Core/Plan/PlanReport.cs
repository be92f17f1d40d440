using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Plan;

/// <summary>How much a finding matters.</summary>
public enum PlanSeverity
{
    /// <summary>Looked at, and as it should be.</summary>
    Ok,

    /// <summary>Good to know.</summary>
    Note,

    /// <summary>The task can run, but a person may not want what comes of it.</summary>
    Warning,

    /// <summary>The task cannot run, or not without damage: it is refused.</summary>
    Error,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">A stable word for programs: <c>target.tcp</c>.</param>
/// <param name="Where">What was looked at: an address, a collection, a channel.</param>
/// <param name="Text">What was found.</param>
/// <param name="Advice">What a person can do about it; null: nothing needs to be done.</param>
public sealed record PlanFinding(PlanSeverity Severity, string Code, string Where, string Text, string? Advice = null);

/// <summary>What a task would meet if it started now. Made without leaving a trace on either side.</summary>
public sealed record PlanReport
{
    /// <summary>Whether there is no error: a task is refused for errors only.</summary>
    public required bool Accepted { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The target's address, without any login.</summary>
    public required string Target { get; init; }

    /// <summary>The target's version as it says it; null: it was not reached.</summary>
    public string? TargetVersion { get; init; }

    /// <summary>The source's version as it says it in etcd; null: not known.</summary>
    public string? SourceVersion { get; init; }

    /// <summary>All findings, in the order in which they were made.</summary>
    public required IReadOnlyList<PlanFinding> Findings { get; init; }

    /// <summary>The collections the task takes now, in order of source name.</summary>
    public IReadOnlyList<PlannedCollection> Collections { get; init; } = [];

    /// <summary>The channels the task reads, in order of name; the channel of operations is among them.</summary>
    public IReadOnlyList<PlannedChannel> Channels { get; init; } = [];

    /// <summary>Messages that wait to be read before the target is level with the source; null: not known.</summary>
    public long? Backlog { get; init; }

    /// <summary>Source time of the oldest message that the log still has, over the channels in use; null: not known. A pause that lasts longer than from then to now loses data.</summary>
    public DateTimeOffset? LogSince { get; init; }
}

/// <summary>A collection the task takes.</summary>
public sealed record PlannedCollection
{
    /// <summary>The source's id, as text.</summary>
    public required string Id { get; init; }

    /// <summary>Database and name on the source.</summary>
    public required string Source { get; init; }

    /// <summary>Database and name on the target.</summary>
    public required string Target { get; init; }

    /// <summary>Its shards.</summary>
    public required int Shards { get; init; }

    /// <summary>What the target has under that name: <c>nothing</c>, <c>same schema</c>, <c>other schema</c>, <c>unknown</c>.</summary>
    public string OnTarget { get; init; } = "unknown";

    /// <summary>Rows that the target's collection has; null: not known, or there is none.</summary>
    public long? TargetRows { get; init; }

    /// <summary>Where each shard goes.</summary>
    public IReadOnlyList<PlannedShard> Mapping { get; init; } = [];
}

/// <summary>Where a shard goes.</summary>
/// <param name="Source">The source's vchannel.</param>
/// <param name="Target">The target's vchannel; null: the target chooses it when it makes the collection.</param>
public sealed record PlannedShard(string Source, string? Target);

/// <summary>A channel the task reads.</summary>
/// <param name="Name">The topic.</param>
/// <param name="First">Position of the oldest message that is left; null: the topic does not exist yet.</param>
/// <param name="End">Position of the next message to come.</param>
/// <param name="From">Position that would be read first; null: the end.</param>
/// <param name="Behind">Messages between that and the end.</param>
public sealed record PlannedChannel(string Name, string? First, string? End, string? From, long Behind);

/// <summary>What a plan is made for.</summary>
/// <param name="Task">The task.</param>
/// <param name="Others">The other tasks, whatever their target.</param>
/// <param name="Exists">Whether the task is there already, so that its own collections on the target are no clash.</param>
public sealed record PlanSubject(TaskDefinition Task, IReadOnlyList<TaskDefinition> Others, bool Exists);

/// <summary>Looks at source and target before a task starts.</summary>
public interface ITaskPlanner
{
    /// <summary>Never throws for what it meets: that becomes findings. Ends within a minute and a half, or with <paramref name="cancellation"/>.</summary>
    Task<PlanReport> PlanAsync(PlanSubject subject, CancellationToken cancellation);
}
