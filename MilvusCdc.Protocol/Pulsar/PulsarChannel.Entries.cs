using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

internal sealed partial class PulsarChannel
{
    private readonly ChunkAssembler _chunks = new();
    private readonly PulsarFlow _flow = new();
    private readonly Lock _flowGate = new();
    private (LogPosition From, LogPosition To)? _hole;
    private bool _paused;

    /// <summary>An entry came for a session. Called by its connection.</summary>
    public void Accept(PulsarSession session, LogPosition at, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            if (_session != session || _closed)
            {
                return;
            }

            session.Heard();
            SessionResult? trouble = Check(session, at);
            if (trouble is null)
            {
                try
                {
                    trouble = Take(session, at, PulsarEntry.Parse(bytes));
                }
                catch (InvalidDataException damaged)
                {
                    trouble = new SessionResult(SessionEnd.Unreadable, $"the entry at {at} cannot be read: {damaged.Message}", at, at);
                }
                catch (SourceLogException missing)
                {
                    trouble = new SessionResult(SessionEnd.Unreadable, missing.Message, at, at);
                }
            }

            if (trouble is { } ends)
            {
                _session = null;
                session.Finish(ends);
            }
        }
    }

    /// <summary>A message was taken out of the queue; false when it is not wanted any more.</summary>
    public bool Taken(int bytes)
    {
        PulsarSession? session = Volatile.Read(ref _session);
        lock (_flowGate)
        {
            _flow.Taken();
            Grant(session);
        }

        return !_closed;
    }

    /// <summary>Asks for no more messages (true), or again for some.</summary>
    public void SetPaused(bool paused)
    {
        PulsarSession? session = Volatile.Read(ref _session);
        lock (_flowGate)
        {
            _paused = paused;
            Grant(session);
        }
    }

    private bool IsExpecting(PulsarSession session)
    {
        lock (_flowGate)
        {
            return !_paused && !_flow.RanOut && Volatile.Read(ref _session) == session;
        }
    }

    private void Grant(PulsarSession? session)
    {
        if (!_paused && session is not null && _flow.Grant(_parts.Budget()) is > 0 and int permits)
        {
            session.Consumer.Flow(permits);
        }
    }

    // Null: the entry comes where it should, or is an old one.
    private SessionResult? Check(PulsarSession session, LogPosition at)
    {
        LogPosition? before = session.Previous;
        if (before is null)
        {
            if (session.Start is not { } start || at <= start)
            {
                return null;
            }

            before = start;
        }
        else if (at <= before || (at.Ledger == before.Value.Ledger && at.Entry == before.Value.Entry + 1))
        {
            return null;
        }

        LogPosition from = before.Value;
        if (_jumps.Knows(from, at))
        {
            return null;
        }

        if (at.Ledger == from.Ledger || at.Entry > 0)
        {
            return new SessionResult(SessionEnd.Hole, $"after entry {from} comes {at}, what lies between is missing", from, at);
        }

        // With permits left all the time, the broker would have sent what lay between.
        bool mayHaveMissed = session.Previous is null || _flow.RanOut || _paused;
        return new SessionResult(SessionEnd.Jump, $"after entry {from} comes {at}", from, at, mayHaveMissed);
    }

    private SessionResult? Take(PulsarSession session, LogPosition at, PulsarEntry entry)
    {
        lock (_flowGate)
        {
            _flow.Came(entry.Count);
        }

        // An entry that comes again is not looked into: its messages were given.
        if (session.Previous is not { } previous || at > previous)
        {
            session.Previous = at;
            if (entry.IsChunk)
            {
                if (TakeChunk(session, at, entry) is { } back)
                {
                    return back;
                }
            }
            else
            {
                Queue(at, entry.Messages());
            }

            _reconnect.Progressed();
        }

        lock (_flowGate)
        {
            Grant(session);
        }

        return null;
    }

    private SessionResult? TakeChunk(PulsarSession session, LogPosition at, PulsarEntry entry)
    {
        if (_chunks.Add(at, entry, out bool isOrphan) is { } payload)
        {
            Queue(at, entry.Messages(payload));
            _stepBack = null;
            return null;
        }

        // Its beginning lies before the session's, in the same ledger at most so far as there are entries: each try goes back twice as far.
        if (!isOrphan || session.Start is not { } start || start.Ledger != at.Ledger || start.Entry == 0 || IsOld(at))
        {
            return null;
        }

        long back = Math.Max(entry.Metadata.ChunkId, 2 * (at.Entry - start.Entry));
        return new SessionResult(SessionEnd.StepBack, $"the message at {at} begins further back", at, start with { Entry = Math.Max(0, start.Entry - Math.Max(1, back)) });
    }

    private void Queue(LogPosition at, IReadOnlyList<EntryMessage> messages)
    {
        foreach (EntryMessage message in messages)
        {
            LogPosition position = at with { Batch = message.Index };
            if (IsOld(position))
            {
                continue;
            }

            _last = position;
            lock (_flowGate)
            {
                _flow.Queued(message.Value.Length);
            }

            _parts.Queue.Add(this, new LogMessage(Name, position, message.Value, TraceParent(message)));
        }
    }

    private bool IsOld(LogPosition position) =>
        _last is { } last ? PulsarMessageId.Key(position) <= PulsarMessageId.Key(last) : PulsarMessageId.Key(position) < PulsarMessageId.Key(_from);

    private static string? TraceParent(EntryMessage message)
    {
        foreach (Wire.KeyValue property in message.Properties)
        {
            if (property.Key == "traceparent")
            {
                return property.Value;
            }
        }

        return null;
    }
}
