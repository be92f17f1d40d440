using System.Text.Json.Serialization;

namespace MilvusCdc.Core.Tasks;

/// <summary>What a task is doing at one moment, as the worker publishes it. Milvus timestamps exceed what JSON readers keep exactly: they are text, with their physical milliseconds beside them.</summary>
public record TaskReport
{
    /// <summary>The task.</summary>
    public required string Id { get; init; }

    /// <summary>The target's address.</summary>
    public string? Target { get; init; }

    /// <summary>The coarse state.</summary>
    public required TaskState State { get; init; }

    /// <summary>The fine state.</summary>
    public required TaskPhase Phase { get; init; }

    /// <summary>What holds the task up, in a person's words; null: nothing.</summary>
    public string? Reason { get; init; }

    /// <summary>When the phase began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Failed attempts since the last progress.</summary>
    public int Attempt { get; init; }

    /// <summary>When the next attempt begins; null: none is scheduled.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>Everything of the source up to this Milvus timestamp is on the target; 0: nothing yet.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public ulong Frontier { get; init; }

    /// <summary>The frontier's physical time in Unix milliseconds.</summary>
    public long FrontierMs { get; init; }

    /// <summary>The newest source tick known; 0: none yet.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public ulong Head { get; init; }

    /// <summary>The head's physical time in Unix milliseconds.</summary>
    public long HeadMs { get; init; }

    /// <summary>How far the target is behind the source, in milliseconds of the source's own clock; null: not known, since nobody has seen for a while where the source is.</summary>
    public long? LagMs { get; init; }

    /// <summary>Whether everything that the source had at the last look is on the target.</summary>
    public bool CaughtUp { get; init; }

    /// <summary>
    /// By target pchannel, the task of the same target that holds back this task's ticks: rows of it are on the way there that no checkpoint covers. It ends when that task goes on or is deleted.
    /// </summary>
    public IReadOnlyDictionary<string, string> HeldBackBy { get; init; } = new Dictionary<string, string>();

    /// <summary>When the last checkpoint was written; null: never.</summary>
    public DateTimeOffset? CheckpointedAt { get; init; }

    /// <summary>How fast it goes now; null: not known yet.</summary>
    public TaskRates? Rates { get; init; }

    /// <summary>By source pchannel, in order of name.</summary>
    public IReadOnlyList<ChannelStatus> Channels { get; init; } = [];

    /// <summary>By source collection, in order of name.</summary>
    public IReadOnlyList<CollectionStatus> Collections { get; init; } = [];

    /// <summary>What was left out or only noticed, by kind.</summary>
    public IReadOnlyDictionary<string, long> Notices { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes of messages moved since the run began, by source pchannel.</summary>
    public IReadOnlyList<TrafficStatus> Traffic { get; init; } = [];

    /// <summary>Calls that changed the target since the run began, by method.</summary>
    public IReadOnlyDictionary<string, long> Calls { get; init; } = new Dictionary<string, long>();

    /// <summary>Newest tick sent, as physical Unix milliseconds, by target pchannel.</summary>
    public IReadOnlyDictionary<string, long> TargetTicks { get; init; } = new Dictionary<string, long>();

    /// <summary>The worker that runs the task; null: none.</summary>
    public string? Owner { get; init; }

    /// <summary>When the worker published this, by its clock; null: no worker did.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Whether this is old: the worker has the task but has not been able to say anything newer. The reason tells how old.</summary>
    public bool IsStale { get; init; }

    /// <summary>The status of a task that no worker has: what the record says, and that nobody runs it.</summary>
    public static TaskReport Unowned(TaskRecord record) => new()
    {
        Id = record.Definition.Id,
        Target = record.Definition.Target.Address.GetLeftPart(UriPartial.Authority),
        State = record.Intent is TaskIntent.Pause ? TaskState.Paused : TaskState.Initial,
        Phase = record.Intent switch
        {
            TaskIntent.Pause => TaskPhase.Paused,
            TaskIntent.Delete => TaskPhase.Draining,
            _ => TaskPhase.Starting,
        },
        Reason = record.Intent is TaskIntent.Pause ? record.Reason : "no worker runs the task yet",
        Since = record.Since,
    };
}

/// <summary>How far one source pchannel is.</summary>
public sealed record ChannelStatus
{
    /// <summary>The pchannel.</summary>
    public required string Name { get; init; }

    /// <summary>Newest tick read, as physical Unix milliseconds; 0: none.</summary>
    public long ReadMs { get; init; }

    /// <summary>Newest window whose rows were sent.</summary>
    public long SentMs { get; init; }

    /// <summary>Newest window whose rows were acknowledged.</summary>
    public long AcknowledgedMs { get; init; }

    /// <summary>Whether the frontier waits for it.</summary>
    public bool InUse { get; init; }

    /// <summary>Position of the next message to read.</summary>
    public string Position { get; init; } = "";

    /// <summary>Messages read.</summary>
    public long Messages { get; init; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; init; }
}

/// <summary>Bytes of one kind of message (<c>Insert</c>, <c>Delete</c>, <c>TimeTick</c>, …) on one source pchannel.</summary>
/// <param name="Channel">The source pchannel.</param>
/// <param name="Direction"><c>read</c> from the source or <c>write</c> to the target.</param>
/// <param name="Kind">The kind of message, as Milvus calls it.</param>
/// <param name="Bytes">How many.</param>
public sealed record TrafficStatus(string Channel, string Direction, string Kind, long Bytes);

/// <summary>What was replicated of one source collection.</summary>
public sealed record CollectionStatus
{
    /// <summary>The source's collection id, as text.</summary>
    public required string Id { get; init; }

    /// <summary>Source database and name, now.</summary>
    public required string SourceName { get; init; }

    /// <summary>Target database and name, now.</summary>
    public required string TargetName { get; init; }

    /// <summary>Rows inserted on the target.</summary>
    public long Inserted { get; init; }

    /// <summary>Keys deleted on the target.</summary>
    public long Deleted { get; init; }

    /// <summary>Whether the source has dropped it.</summary>
    public bool Dropped { get; init; }
}
