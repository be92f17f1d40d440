using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What all channels of a log share.</summary>
internal sealed record PulsarLogParts(
    PulsarSourceLogOptions Options, PulsarConnections Connections, PulsarTopics Topics, PulsarQueue Queue, string Subscription, Func<long> Budget, TimeProvider Time, ILogger Log);

/// <summary>
/// One channel that is read: it looks its broker up, subscribes behind the last message read, and does so again whenever that ends, until it is closed. What comes twice is left out;
/// what is missing is told as a gap.
/// </summary>
internal sealed partial class PulsarChannel : IAsyncDisposable
{
    private readonly PulsarLogParts _parts;
    private readonly string _topic;
    private readonly ulong _consumer;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly PulsarReconnect _reconnect;
    private readonly PulsarJumps _jumps = new();
    private volatile TaskCompletionSource<PulsarSession> _live = NewLive();
    private volatile PulsarSession? _current;
    private PulsarSession? _session;
    private LogPosition _from;
    private LogPosition? _last;
    private LogPosition? _stepBack;
    private volatile string? _trouble;
    private volatile bool _closed;
    private Task _running = Task.CompletedTask;

    public PulsarChannel(string name, LogPosition from, PulsarLogParts parts)
    {
        Name = name;
        _from = from;
        _parts = parts;
        _topic = parts.Options.TopicOf(name);
        _consumer = parts.Topics.NextConsumer();
        _reconnect = new PulsarReconnect(name, parts);
    }

    public string Name { get; }

    /// <summary>The first entry that the broker had when reading began, or null.</summary>
    public LogPosition? KnownFirst { get; private set; }

    private bool IsWaitable => _last is null && _from == PulsarMessageId.Earliest;

    /// <summary>Subscribes, and goes on by itself. Throws <see cref="SourceLogException"/> and <see cref="SourceLogGapException"/>.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        PulsarSession? first = null;
        try
        {
            await _parts.Topics.CheckAsync(Name, cancellation);
            first = await SubscribeAsync(isOpening: true, cancellation);
        }
        catch (PulsarRefusedException missing) when (missing.IsMissingTopic)
        {
            if (!IsWaitable)
            {
                throw new SourceLogGapException(Name, _from, null);
            }

            _reconnect.Missing(mayBeAwaited: true);
        }

        _running = Task.Run(() => RunAsync(first), CancellationToken.None);
    }

    /// <summary>The session that is there, or comes within the timeout. Throws <see cref="SourceLogException"/>.</summary>
    public async Task<PulsarSession> LiveAsync(CancellationToken cancellation)
    {
        try
        {
            return await _live.Task.WaitAsync(_parts.Options.Timeout, _parts.Time, cancellation);
        }
        catch (TimeoutException late)
        {
            throw new SourceLogException($"channel '{Name}' is not being read: {_trouble ?? "it does not exist yet"}", late);
        }
    }

    /// <summary>The topic's ends by the running session, or null when the topic does not exist yet.</summary>
    public async Task<TopicEnds?> EndsAsync(CancellationToken cancellation)
    {
        if (_reconnect.IsMissing)
        {
            return null;
        }

        PulsarSession session = await LiveAsync(cancellation);
        TopicEnds ends = await session.Consumer.EndsAsync(cancellation);
        return ends with { First = KnownFirst ?? ends.First };
    }

    /// <summary>Acknowledges what lies before <paramref name="next"/>; of no effect while there is no session, since the next acknowledgement covers it.</summary>
    public void Acknowledge(LogPosition next)
    {
        // Of a ledger that ended nobody knows the last entry: its messages are acknowledged with those of the next one.
        if (next.Entry > 0 && _current is { } session)
        {
            session.Consumer.Acknowledge(new LogPosition(next.Ledger, next.Entry - 1));
        }
    }

    /// <summary>Goes on elsewhere: at a position, or at the first message published at or after a time. Throws <see cref="SourceLogException"/>.</summary>
    public async Task SeekAsync(LogPosition? to, DateTimeOffset? time, CancellationToken cancellation)
    {
        PulsarSession session = await LiveAsync(cancellation);
        lock (_gate)
        {
            // What the old place still sends is not wanted any more, nor that the broker closes the consumer.
            _session = null;
            session.Consumer.Connection.Detach(_consumer, session);
        }

        try
        {
            await session.Consumer.SeekAsync(to, time, cancellation);
            lock (_gate)
            {
                (_from, _last, _stepBack) = (to ?? PulsarMessageId.Earliest, null, null);
            }

            _live = NewLive();
            session.Finish(new SessionResult(SessionEnd.Seek, "the reader seeks"));
        }
        finally
        {
            // Nothing more when it went well.
            session.Finish(new SessionResult(SessionEnd.Broken, "a seek failed"));
        }
    }

    /// <summary>Ends reading; what is queued is forgotten.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        _closed = true;
        await _closing.CancelAsync();
        await _running;
        if (_current is { } session && !session.Ended.IsCompleted)
        {
            session.Consumer.Connection.Detach(_consumer, session);
            await session.Consumer.CloseAsync(cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _closing.CancelAsync();
        await _running;
        _closing.Dispose();
    }

    private static TaskCompletionSource<PulsarSession> NewLive() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(PulsarSession? session)
    {
        try
        {
            while (!_closing.IsCancellationRequested)
            {
                bool again = await RunOnceAsync(session);
                session = null;
                if (!again)
                {
                    await _reconnect.PauseAsync(_closing.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The channel is closed.
        }
        catch (SourceLogGapException gap)
        {
            _parts.Queue.AddFault(gap);
        }
        catch (Exception unexpected)
        {
            // Whatever it is: the reader must learn that nothing comes any more.
            _parts.Queue.AddFault(new SourceLogException($"channel '{Name}' is not read any more: {unexpected.Message}", unexpected));
        }
    }

    // True: the next session may begin at once.
    private async Task<bool> RunOnceAsync(PulsarSession? session)
    {
        try
        {
            session ??= await SubscribeAsync(isOpening: false, _closing.Token);
            _reconnect.Subscribed();
            SessionResult result = await WatchAsync(session);
            _trouble = result.Why;
            await EndAsync(session, result);
            return await SettleAsync(result);
        }
        catch (PulsarRefusedException missing) when (missing.IsMissingTopic)
        {
            if (_reconnect.Missing(IsWaitable))
            {
                throw new SourceLogGapException(Name, _last is { } last ? PulsarMessageId.After(last) : _from, null);
            }

            return false;
        }
        catch (SourceLogException failed) when (failed is not SourceLogGapException)
        {
            _trouble = failed.Message;
            _reconnect.Failed(failed);
            return false;
        }
    }

    private async Task EndAsync(PulsarSession session, SessionResult result)
    {
        lock (_gate)
        {
            _session = null;
        }

        _current = null;
        if (_live.Task.IsCompleted)
        {
            _live = NewLive();
        }

        // In the other cases the broker has ended the consumer, or lost it.
        session.Consumer.Connection.Detach(_consumer, session);
        if (result.End is not (SessionEnd.Broken or SessionEnd.Seek))
        {
            await session.Consumer.CloseAsync(_closing.Token);
        }
    }

    [LoggerMessage(EventId = 2211, Level = LogLevel.Information, Message = "Channel '{Channel}' is read from {Position} on, as consumer {Consumer} of Pulsar at {Address}.")]
    private static partial void LogGoesOn(ILogger log, string channel, LogPosition position, ulong consumer, ServiceAddress address);

    [LoggerMessage(EventId = 2212, Level = LogLevel.Information, Message = "Channel '{Channel}' goes from ledger entry {From} to {To}: nothing lies between.")]
    private static partial void LogLedger(ILogger log, string channel, LogPosition from, LogPosition to);

    [LoggerMessage(EventId = 2213, Level = LogLevel.Warning, Message = "Channel '{Channel}': {Why}. It is read again from the last message on.")]
    private static partial void LogTrouble(ILogger log, string channel, string why);
}
