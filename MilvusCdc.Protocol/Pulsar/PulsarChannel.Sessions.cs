using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

internal sealed partial class PulsarChannel
{
    private async Task<PulsarSession> SubscribeAsync(bool isOpening, CancellationToken cancellation)
    {
        PulsarConnection broker = await _parts.Connections.FindAsync(_topic, cancellation);
        PulsarConsumer consumer = new(broker, _topic, _consumer, Name);
        PulsarSession session = new(this, consumer, _parts.Time);
        broker.Attach(_consumer, session);
        bool isSubscribed = false;
        try
        {
            LogPosition start = StartEntry();
            await consumer.SubscribeAsync(_parts.Subscription, _parts.Options.Durable, start, cancellation);
            isSubscribed = true;
            bool seeks = start == PulsarMessageId.Earliest ? _parts.Options.Durable && isOpening : await PlaceAsync(session, start, isOpening, cancellation);
            if (seeks)
            {
                // A durable subscription that is new, or was left behind: it is moved, which ends the consumer.
                await consumer.SeekAsync(start, null, cancellation);
                await session.Ended.WaitAsync(_parts.Options.Timeout, _parts.Time, cancellation);
                return await SubscribeAsync(isOpening: false, cancellation);
            }

            Begin(session);
            return session;
        }
        catch (Exception failed)
        {
            // A consumer that was half made must not stay on the broker; one that was refused is not there.
            broker.Detach(_consumer, session);
            if (!broker.IsClosed && (isSubscribed || failed is not PulsarRefusedException))
            {
                await consumer.CloseAsync(_closing.Token);
            }

            throw failed is TimeoutException ? new SourceLogException($"channel '{Name}': the broker did not close the consumer after a seek", failed) : failed;
        }
    }

    // The last entry is asked for again: the broker always begins with the entry that is named, and that it does so proves that nothing was lost.
    private LogPosition StartEntry()
    {
        if (_stepBack is { } before)
        {
            return before;
        }

        LogPosition start = _last is { } last ? PulsarMessageId.EntryOf(last) : _from == PulsarMessageId.Earliest ? _from : PulsarMessageId.EntryOf(_from);
        return _chunks.FirstOpen is { } open && open < start ? open : start;
    }

    /// <summary>Compares where the broker will begin with where it shall. True: a durable subscription must be moved forward. Throws <see cref="SourceLogGapException"/>.</summary>
    private async Task<bool> PlaceAsync(PulsarSession session, LogPosition start, bool isOpening, CancellationToken cancellation)
    {
        TopicEnds ends = await session.Consumer.EndsAsync(cancellation);
        session.Start = start;
        if (ends.First is not { } begins || begins == start)
        {
            return ends.First is null && IsBeyond(start, ends) ? throw Gap(start, ends, isOpening) : false;
        }

        if (begins < start && !IsBeyond(start, ends))
        {
            // What comes too much is left out. A durable subscription is moved only when reading begins: later, what was read but not acknowledged must stay with the broker.
            session.Start = begins;
            return isOpening && _parts.Options.Durable;
        }

        if (_jumps.Leaves(start))
        {
            return false;
        }

        throw Gap(start, ends, isOpening);
    }

    private static bool IsBeyond(LogPosition start, TopicEnds ends) => start > new LogPosition(ends.Last.Ledger, ends.Last.Entry + 1);

    private SourceLogException Gap(LogPosition start, TopicEnds ends, bool isOpening)
    {
        // After a crash a broker may know less of a topic than it did: that passes. A position that never was does not.
        if (!isOpening && IsBeyond(start, ends) && !ends.IsEmpty)
        {
            return new SourceLogException($"channel '{Name}': Pulsar says that it ends at {ends.Last}, but {start} was read already");
        }

        LogBounds available = ends.IsEmpty ? new LogBounds(ends.First ?? ends.Last, ends.First ?? ends.Last) : PulsarTopics.Bounds(ends);
        return new SourceLogGapException(Name, _last is { } last ? PulsarMessageId.After(last) : _from, available);
    }

    private void Begin(PulsarSession session)
    {
        LogPosition? start;
        lock (_gate)
        {
            _chunks.Clear();
            start = session.Start;
            session.Previous = null;
            KnownFirst ??= start;
            if (start is { } first)
            {
                _jumps.ForgetBefore(first);
            }

            _session = session;
            lock (_flowGate)
            {
                _flow.Begin();
                Grant(session);
            }
        }

        LogGoesOn(_parts.Log, Name, start ?? PulsarMessageId.Earliest, _consumer, session.Consumer.Connection.Address);
        _current = session;
        _live.TrySetResult(session);
    }

    // Waits for the session's end, and asks the broker when nothing comes for long: one that has lost its view of a topic answers, but delivers nothing.
    private async Task<SessionResult> WatchAsync(PulsarSession session)
    {
        bool suspected = false;
        while (true)
        {
            try
            {
                return await session.Ended.WaitAsync(_parts.Options.QuietAfter, _parts.Time, _closing.Token);
            }
            catch (TimeoutException)
            {
                if (session.Quiet < _parts.Options.QuietAfter || !IsExpecting(session))
                {
                    suspected = false;
                    continue;
                }
            }

            string? missing = await MissingAsync(session);
            if (missing is null)
            {
                suspected = false;
                _reconnect.Progressed();
            }
            else if (suspected)
            {
                session.Consumer.Connection.Abort(missing);
                return new SessionResult(SessionEnd.Broken, missing);
            }
            else
            {
                suspected = true;
            }
        }
    }

    /// <summary>Null when everything that the broker has was read; else what is wrong.</summary>
    private async Task<string?> MissingAsync(PulsarSession session)
    {
        try
        {
            TopicEnds ends = await session.Consumer.EndsAsync(_closing.Token);
            LogPosition end = PulsarMessageId.EntryOf(ends.Last);
            return ends.IsEmpty || session.Quiet < _parts.Options.QuietAfter || session.Previous >= end || (_last is { } last ? PulsarMessageId.EntryOf(last) >= end : PulsarMessageId.EntryOf(_from) > end)
                ? null
                : $"the broker has messages up to {ends.Last} but has sent none for {session.Quiet.TotalSeconds:0.#} s";
        }
        catch (SourceLogException failed)
        {
            return failed.Message;
        }
    }

    // True: the next session may begin at once.
    private async Task<bool> SettleAsync(SessionResult result)
    {
        switch (result.End)
        {
            case SessionEnd.Jump:
                await AllowJumpAsync(result);
                return true;
            case SessionEnd.Hole when _hole == (result.From, result.To):
                throw new SourceLogGapException(Name, result.From with { Entry = result.From.Entry + 1 }, new LogBounds(result.To, result.To));
            case SessionEnd.Hole:
                // Seen once it may be the network's or the broker's doing; seen twice it is the log's.
                _hole = (result.From, result.To);
                LogTrouble(_parts.Log, Name, result.Why);
                return true;
            case SessionEnd.Unreadable:
                LogTrouble(_parts.Log, Name, result.Why);
                return !_reconnect.Unreadable(result);
            case SessionEnd.StepBack:
                _stepBack = result.To;
                return true;
            case SessionEnd.Seek:
                return true;
            default:
                if (!_closing.IsCancellationRequested)
                {
                    LogTrouble(_parts.Log, Name, result.Why);
                    _reconnect.Failed(new SourceLogException($"channel '{Name}': {result.Why}"));
                }

                return false;
        }
    }

    /// <summary>Nothing lies between two entries in different ledgers when the first one's ledger is still there, or when the reader had everything before the second one came.</summary>
    private async Task AllowJumpAsync(SessionResult jump)
    {
        TopicEnds ends = await _parts.Topics.WithProbeAsync(Name, probe => probe.EndsAsync(_closing.Token), _closing.Token);
        bool isThere = ends.First is { } first && first <= jump.From;
        if (!isThere && jump.MayHaveMissed)
        {
            throw new SourceLogGapException(Name, _last is { } last ? PulsarMessageId.After(last) : _from, PulsarTopics.Bounds(ends));
        }

        LogLedger(_parts.Log, Name, jump.From, jump.To);
        _jumps.Add(jump.From, jump.To);
    }
}
