using MilvusCdc.Core.Audit;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Some tasks, in order of id.</summary>
/// <param name="Tasks">The tasks.</param>
/// <param name="Next">What to send as <c>cursor</c> for the tasks after these; absent: there are no more.</param>
/// <param name="Unreadable">Records that this version cannot read, a sentence each; absent: none.</param>
public sealed record TaskList(IReadOnlyList<TaskResource> Tasks, string? Next, IReadOnlyList<string>? Unreadable);

/// <summary>How far a task is.</summary>
public sealed record TaskProgressAnswer
{
    /// <summary>The task.</summary>
    public required string Id { get; init; }

    /// <summary>What it is doing.</summary>
    public required TaskPhase Phase { get; init; }

    /// <summary>What holds it up; absent: nothing.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether all this is old: the worker has not been able to say anything newer.</summary>
    public bool IsStale { get; init; }

    /// <summary>Everything of the source up to this Milvus timestamp (as text) is on the target; 0: nothing yet.</summary>
    public required string Frontier { get; init; }

    /// <summary>The same as a time of the source's clock; absent: nothing yet.</summary>
    public DateTimeOffset? FrontierAt { get; init; }

    /// <summary>The newest source tick known, as text.</summary>
    public required string Head { get; init; }

    /// <summary>The same as a time of the source's clock.</summary>
    public DateTimeOffset? HeadAt { get; init; }

    /// <summary>Head minus frontier in milliseconds of the source's clock; absent: not known.</summary>
    public long? LagMs { get; init; }

    /// <summary>Whether everything that the source had at the last look is on the target.</summary>
    public bool CaughtUp { get; init; }

    /// <summary>How fast it goes; absent: not known.</summary>
    public TaskRates? Rates { get; init; }

    /// <summary>Seconds until it has caught up at this speed; absent: not known, or never at this speed.</summary>
    public long? EtaSeconds { get; init; }

    /// <summary>The channel that holds the frontier back; absent: none.</summary>
    public string? SlowestChannel { get; init; }

    /// <summary>Every channel's watermarks.</summary>
    public required IReadOnlyList<ChannelStatus> Channels { get; init; }

    /// <summary>Whether the target can take over now.</summary>
    public required CutoverAnswer Cutover { get; init; }
}

/// <summary>Whether a target can take over from its source without loss, once writes to the source have ended.</summary>
/// <param name="Safe">Whether all checks hold.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record CutoverAnswer(bool Safe, IReadOnlyList<CutoverCheck> Checks);

/// <summary>One condition.</summary>
/// <param name="Code">A stable word.</param>
/// <param name="Holds">Whether it holds.</param>
/// <param name="Text">What was found, and what to do.</param>
public sealed record CutoverCheck(string Code, bool Holds, string Text);

/// <summary>A task's collections.</summary>
/// <param name="Collections">In order of source name.</param>
public sealed record CollectionList(IReadOnlyList<CollectionAnswer> Collections);

/// <summary>One collection of a task.</summary>
public sealed record CollectionAnswer
{
    /// <summary>The source's id, as text.</summary>
    public required string SourceId { get; init; }

    /// <summary>Database and name on the source; absent: not known while no worker runs the task.</summary>
    public string? SourceName { get; init; }

    /// <summary>The target's id, as text; absent: not there yet.</summary>
    public string? TargetId { get; init; }

    /// <summary>Database and name on the target.</summary>
    public required string TargetName { get; init; }

    /// <summary><c>replicating</c>, <c>dropped</c> (on both sides) or <c>pending</c> (not on the target yet).</summary>
    public required string State { get; init; }

    /// <summary>Rows inserted on the target since the worker took the task.</summary>
    public long Inserted { get; init; }

    /// <summary>Keys deleted on the target since the worker took the task.</summary>
    public long Deleted { get; init; }

    /// <summary>Where each shard goes.</summary>
    public IReadOnlyList<ShardMapping> Shards { get; init; } = [];

    /// <summary>Target partition ids by source partition id.</summary>
    public IReadOnlyDictionary<string, string> Partitions { get; init; } = new Dictionary<string, string>();
}

/// <summary>Some operations, the newest first.</summary>
/// <param name="Operations">The operations.</param>
/// <param name="Next">What to send as <c>cursor</c> for the older ones; absent: there are no more.</param>
public sealed record OperationList(IReadOnlyList<OperationRecord> Operations, string? Next);

/// <summary>What was done to a task by hand, oldest first.</summary>
/// <param name="Notes">The notes, kept until the task is deleted.</param>
public sealed record NoteList(IReadOnlyList<AuditNote> Notes);

/// <summary>Some dead letters.</summary>
/// <param name="Letters">In the order of the log.</param>
/// <param name="Next">What to send as <c>cursor</c> for those after these; absent: there are no more.</param>
/// <param name="Summary">What all of them come to.</param>
public sealed record LetterList(IReadOnlyList<DeadLetter> Letters, string? Next, DeadLetterSummary Summary);

/// <summary>The workers, in order of name.</summary>
/// <param name="Workers">Those that are there, and those that are drained.</param>
public sealed record WorkerList(IReadOnlyList<WorkerAnswer> Workers);

/// <summary>One worker.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State"><c>running</c>, <c>draining</c> (it still leaves tasks), <c>drained</c>, or <c>away</c>.</param>
/// <param name="Tasks">The ids of the tasks it runs.</param>
/// <param name="Since">When it took its present lease; absent: it is not there.</param>
/// <param name="Machine">The machine it runs on.</param>
/// <param name="Version">Its version.</param>
public sealed record WorkerAnswer(string Name, string State, IReadOnlyList<string> Tasks, DateTimeOffset? Since, string? Machine, string? Version)
{
    internal static WorkerAnswer Of(WorkerListing worker) => new(
        worker.Name,
        (worker.Record, worker.Draining, worker.Tasks.Count) switch
        {
            (null, _, _) => "away",
            (_, true, > 0) => "draining",
            (_, true, _) => "drained",
            _ => "running",
        },
        worker.Tasks,
        worker.Record?.Since,
        worker.Record?.Machine,
        worker.Record?.Version);
}

/// <summary>What runs here.</summary>
/// <param name="Product">Always MilvusCdc.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Api">The version of this API.</param>
public sealed record VersionAnswer(string Product, string Version, string Api);

/// <summary>Who the caller is.</summary>
/// <param name="Name">The token's name; <c>anonymous</c> when none is asked for.</param>
/// <param name="Role"><c>Reader</c> or <c>Operator</c>.</param>
public sealed record CallerAnswer(string Name, string Role);
