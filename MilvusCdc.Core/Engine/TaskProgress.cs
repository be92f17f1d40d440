using System.Collections.Concurrent;
using MilvusCdc.Core.Telemetry;

namespace MilvusCdc.Core.Engine;

/// <summary>Live numbers of one task. Written by the engine, read by anyone; every member is safe to use from any thread.</summary>
public sealed class TaskProgress
{
    private ulong _frontier;
    private ulong _head;
    private long _headSeenAt;
    private long _checkpointedAt;
    private long _caughtUp;
    private long _heldBytes;
    private string? _silence;
    private IReadOnlyDictionary<string, string> _heldBack = new Dictionary<string, string>();

    /// <summary>Everything of the source up to this Milvus timestamp is on the target; 0: nothing yet.</summary>
    public ulong Frontier { get => Volatile.Read(ref _frontier); set => Volatile.Write(ref _frontier, value); }

    /// <summary>The newest source tick known; 0: none yet.</summary>
    public ulong Head { get => Volatile.Read(ref _head); set => Volatile.Write(ref _head, value); }

    /// <summary>The moment, as a <see cref="TimeProvider"/> counts, at which <see cref="Head"/> was last found to be where the source is; 0: nobody looked yet.</summary>
    public long HeadSeenAt => Volatile.Read(ref _headSeenAt);

    /// <summary>When the last checkpoint was written, in Unix milliseconds; 0: never.</summary>
    public long CheckpointedAt { get => Volatile.Read(ref _checkpointedAt); set => Volatile.Write(ref _checkpointedAt, value); }

    /// <summary>Whether every message and operation that the source had at the last look is on the target.</summary>
    public bool CaughtUp { get => Volatile.Read(ref _caughtUp) != 0; set => Volatile.Write(ref _caughtUp, value ? 1 : 0); }

    /// <summary>Bytes of the rounds that were begun and are not covered by a checkpoint yet.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>What the task waits for.</summary>
    public TaskWaits Waits { get; } = new();

    /// <summary>Why nothing comes from the source, in a person's words; null: something does.</summary>
    public string? Silence { get => Volatile.Read(ref _silence); set => Volatile.Write(ref _silence, value); }

    /// <summary>By target pchannel, the task of the same target whose rows on the way hold back this task's ticks, so that the target does not show them yet.</summary>
    public IReadOnlyDictionary<string, string> HeldBack { get => Volatile.Read(ref _heldBack); set => Volatile.Write(ref _heldBack, value); }

    /// <summary>By source pchannel.</summary>
    public ConcurrentDictionary<string, ChannelProgress> Channels { get; } = new(StringComparer.Ordinal);

    /// <summary>By source collection id.</summary>
    public ConcurrentDictionary<long, CollectionProgress> Collections { get; } = new();

    /// <summary>What was left out or only noticed, by kind ("Import", "AlterAlias ignored", …).</summary>
    public ConcurrentDictionary<string, long> Notices { get; } = new(StringComparer.Ordinal);

    /// <summary>What was moved since the run began.</summary>
    public TaskCounters Counters { get; } = new();

    /// <summary>A tick of the source is known that may be newer than the head.</summary>
    public void RaiseHead(ulong tick)
    {
        ulong head = Head;
        while (tick > head)
        {
            ulong found = Interlocked.CompareExchange(ref _head, tick, head);
            if (found == head)
            {
                return;
            }

            head = found;
        }
    }

    /// <summary>The head is where the source is now.</summary>
    public void SawHead(long timestamp) => Volatile.Write(ref _headSeenAt, timestamp);

    /// <summary>Notes that <paramref name="bytes"/> more are held, or fewer.</summary>
    public void Hold(long bytes) => Interlocked.Add(ref _heldBytes, bytes);

    /// <summary>Nothing is held: a run begins.</summary>
    public void HoldNothing() => Interlocked.Exchange(ref _heldBytes, 0);

    /// <summary>Counts one more of <paramref name="kind"/>.</summary>
    public void Notice(string kind) => Notices.AddOrUpdate(kind, 1, static (_, count) => count + 1);
}

/// <summary>How far one pchannel is. Timestamps are Milvus timestamps.</summary>
public sealed class ChannelProgress
{
    private long _messages;
    private long _bytes;

    /// <summary>Newest tick read.</summary>
    public ulong Read { get; set; }

    /// <summary>Newest window whose rows were sent.</summary>
    public ulong Sent { get; set; }

    /// <summary>Newest window whose rows were acknowledged.</summary>
    public ulong Acknowledged { get; set; }

    /// <summary>Whether a collection of the task lives on the channel, so that the frontier waits for it.</summary>
    public bool InUse { get; set; }

    /// <summary>Position of the next message to read, as the log's kind writes it.</summary>
    public string Position { get; set; } = "";

    /// <summary>Messages read.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Bytes read.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Counts a message of <paramref name="size"/> bytes.</summary>
    public void Count(int size)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, size);
    }
}

/// <summary>What was replicated of one source collection.</summary>
public sealed class CollectionProgress
{
    private long _inserted;
    private long _deleted;

    /// <summary>Source database and name, now.</summary>
    public required string SourceName { get; set; }

    /// <summary>Target database and name, now.</summary>
    public required string TargetName { get; set; }

    /// <summary>Rows inserted on the target.</summary>
    public long Inserted => Volatile.Read(ref _inserted);

    /// <summary>Keys deleted on the target.</summary>
    public long Deleted => Volatile.Read(ref _deleted);

    /// <summary>Whether the source has dropped it.</summary>
    public bool Dropped { get; set; }

    /// <summary>Counts acknowledged rows.</summary>
    public void Count(long inserted, long deleted)
    {
        Interlocked.Add(ref _inserted, inserted);
        Interlocked.Add(ref _deleted, deleted);
    }
}
