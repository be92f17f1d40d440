using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Source;

/// <summary>
/// What was read of one pchannel and not yet taken by a round. Filled by the reader, emptied by the timeline; both under the buffer's own lock.
/// Data up to the start timestamp is skipped here: it is on the target already.
/// </summary>
internal sealed class ChannelBuffer(string channel, ulong startAfter)
{
    private ulong _startAfter = startAfter;
    private readonly Lock _lock = new();
    private readonly LinkedList<LogEntry> _entries = new();
    private readonly Queue<TickEntry> _ticks = new();
    private LogPosition _next;
    private long _bytes;
    private ulong _lastTick;

    /// <summary>The pchannel.</summary>
    public string Channel => channel;

    /// <summary>Bytes of the messages that wait.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The newest tick read; 0: none.</summary>
    public ulong LastTick => Volatile.Read(ref _lastTick);

    /// <summary>The position after the last message read.</summary>
    public LogPosition Next
    {
        get
        {
            lock (_lock)
            {
                return _next;
            }
        }
    }

    /// <summary>Whether changes wait for their round.</summary>
    public bool HasEntries
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count > 0;
            }
        }
    }

    /// <summary>Whether a tick after the last boundary waits: the channel does not hold the timeline back.</summary>
    public bool HasTicks
    {
        get
        {
            lock (_lock)
            {
                return _ticks.Count > 0;
            }
        }
    }

    /// <summary>States where reading begins, before the first message comes.</summary>
    public void Begin(LogPosition position)
    {
        lock (_lock)
        {
            _next = position;
        }
    }

    /// <summary>Adds a change.</summary>
    public void Add(LogEntry entry, LogPosition next)
    {
        lock (_lock)
        {
            _next = next;
            if (entry.Timestamp <= _startAfter)
            {
                return;
            }

            _entries.AddLast(entry.Timestamp <= _lastTick ? entry with { IsLate = true } : entry);
            _bytes += entry.Envelope.Bytes.Length;
        }
    }

    /// <summary>Adds a tick; one that does not go beyond the last is of no use to anyone.</summary>
    public void AddTick(TickEntry tick, LogPosition next)
    {
        lock (_lock)
        {
            _next = next;
            if (tick.Timestamp > _startAfter && tick.Timestamp > _lastTick)
            {
                _ticks.Enqueue(tick);
            }

            if (tick.Timestamp > _lastTick)
            {
                Volatile.Write(ref _lastTick, tick.Timestamp);
            }
        }
    }

    /// <summary>Forgets what lies at or before <paramref name="frontier"/>, also of what still comes.</summary>
    public void Drop(ulong frontier)
    {
        TakeUpTo(frontier, []);
        lock (_lock)
        {
            _startAfter = frontier;
        }
    }

    /// <summary>Notes that a message of no interest was read.</summary>
    public void Skip(LogPosition next)
    {
        lock (_lock)
        {
            _next = next;
        }
    }

    /// <summary>The smallest tick that is not below <paramref name="atLeast"/>, or the <paramref name="most"/>th that was not taken when none of those before it is; null when it has not been read yet.</summary>
    public ulong? FirstTick(ulong atLeast, int most = int.MaxValue)
    {
        lock (_lock)
        {
            foreach (TickEntry tick in _ticks)
            {
                if (tick.Timestamp >= atLeast || --most <= 0)
                {
                    return tick.Timestamp;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Takes all changes up to <paramref name="boundary"/>, in the order of the log, and answers the position from which a restart after this boundary must read:
    /// the first change that stays, or the tick that closed the round.
    /// </summary>
    public LogPosition TakeUpTo(ulong boundary, List<LogEntry> taken)
    {
        lock (_lock)
        {
            for (LinkedListNode<LogEntry>? node = _entries.First; node is not null;)
            {
                LinkedListNode<LogEntry>? following = node.Next;
                if (node.Value.Timestamp <= boundary)
                {
                    taken.Add(node.Value);
                    _bytes -= node.Value.Envelope.Bytes.Length;
                    _entries.Remove(node);
                }

                node = following;
            }

            LogPosition resume = _next;
            while (_ticks.TryPeek(out TickEntry tick) && tick.Timestamp <= boundary)
            {
                _ticks.Dequeue();
            }

            if (_ticks.TryPeek(out TickEntry open))
            {
                resume = open.Position;
            }

            return _entries.First is { } kept && kept.Value.Position < resume ? kept.Value.Position : resume;
        }
    }
}
