using System.Globalization;
using MilvusCdc.Core.Engine;

namespace MilvusCdc.Core.Tasks;

/// <summary>Takes the live numbers of a task at one moment.</summary>
public static class TaskReportSnapshot
{
    /// <summary>How long the head is known after it was seen.</summary>
    public static readonly TimeSpan HeadHolds = TimeSpan.FromSeconds(5);

    /// <summary>Physical Unix milliseconds of a Milvus timestamp.</summary>
    public static long PhysicalMs(ulong timestamp) => (long)(timestamp >> 18);

    /// <summary>Fills the numbers of <paramref name="status"/>.</summary>
    public static TaskReport With(this TaskReport status, TaskProgress progress, TimeProvider time)
    {
        // The frontier first: it never passes the head, and read in this order it cannot seem to.
        ulong frontier = progress.Frontier;
        ulong head = Math.Max(progress.Head, frontier);
        long checkpointedAt = progress.CheckpointedAt;
        TimeSpan? unseen = progress.HeadSeenAt is not 0 and var seen && time.GetElapsedTime(seen) is var since && since > HeadHolds ? since : null;
        return status with
        {
            Frontier = frontier,
            FrontierMs = PhysicalMs(frontier),
            Head = head,
            HeadMs = PhysicalMs(head),
            LagMs = frontier == 0 || unseen is not null ? null : PhysicalMs(head) - PhysicalMs(frontier),
            CaughtUp = progress.CaughtUp && (unseen is null || status.Phase is not TaskPhase.Streaming),
            Reason = status.Reason
                ?? (status.Phase is TaskPhase.Streaming or TaskPhase.Starting or TaskPhase.Draining ? progress.Waits.Describe(time) : null)
                ?? (status.Phase is TaskPhase.Streaming or TaskPhase.Starting ? progress.Silence : null)
                ?? (status.Phase is TaskPhase.Streaming && unseen is { } blind
                    ? string.Create(CultureInfo.InvariantCulture, $"nobody has told for {Math.Floor(blind.TotalSeconds)} s where the source's log ends, so how far the target is behind is not known") : null),
            HeldBackBy = status.Phase is TaskPhase.Streaming ? progress.HeldBack : status.HeldBackBy,
            CheckpointedAt = checkpointedAt == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(checkpointedAt),

            // ToArray is the dictionary's own: what LINQ sorts it would copy while it grows.
            Channels = [.. progress.Channels.ToArray().OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => Channel(pair.Key, pair.Value))],
            Collections =
            [
                .. progress.Collections.Select(static pair => Collection(pair.Key, pair.Value))
                    .OrderBy(static collection => collection.SourceName, StringComparer.Ordinal).ThenBy(static collection => collection.Id, StringComparer.Ordinal),
            ],
            Traffic =
            [
                .. progress.Counters.Bytes.Select(static moved => new TrafficStatus(moved.Channel, moved.Written ? "write" : "read", moved.Kind.ToString(), moved.Bytes))
                    .OrderBy(static moved => moved.Channel, StringComparer.Ordinal).ThenBy(static moved => moved.Direction, StringComparer.Ordinal).ThenBy(static moved => moved.Kind, StringComparer.Ordinal),
            ],
            Calls = new SortedDictionary<string, long>(progress.Counters.Calls.ToDictionary(), StringComparer.Ordinal),
            TargetTicks = new SortedDictionary<string, long>(progress.Counters.TargetTicks.ToDictionary(), StringComparer.Ordinal),
            Notices = new SortedDictionary<string, long>(progress.Notices.ToDictionary(), StringComparer.Ordinal),
        };
    }

    private static ChannelStatus Channel(string name, ChannelProgress channel) => new()
    {
        Name = name,
        ReadMs = PhysicalMs(channel.Read),
        SentMs = PhysicalMs(channel.Sent),
        AcknowledgedMs = PhysicalMs(channel.Acknowledged),
        InUse = channel.InUse,
        Position = channel.Position,
        Messages = channel.Messages,
        Bytes = channel.Bytes,
    };

    private static CollectionStatus Collection(long id, CollectionProgress collection) => new()
    {
        Id = id.ToString(CultureInfo.InvariantCulture),
        SourceName = collection.SourceName,
        TargetName = collection.TargetName,
        Inserted = collection.Inserted,
        Deleted = collection.Deleted,
        Dropped = collection.Dropped,
    };
}
