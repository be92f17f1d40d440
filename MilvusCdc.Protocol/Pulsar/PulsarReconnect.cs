using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>How long a channel waits before it tries again, and when its trouble has lasted so long that the reader must hear of it. All places of the calls are one task but <see cref="Progressed"/>.</summary>
internal sealed class PulsarReconnect(string channel, PulsarLogParts parts)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A broker that has just started may not know its topics for a moment.
    private static readonly TimeSpan GoneFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WaitForTopic = TimeSpan.FromMilliseconds(250);

    private TimeSpan _pause = FirstPause;
    private TimeSpan _next = FirstPause;
    private LogPosition? _unreadable;
    private long _progressed;
    private long? _down;
    private long? _gone;

    /// <summary>Whether the topic does not exist yet.</summary>
    public bool IsMissing { get; private set; }

    public void Subscribed()
    {
        IsMissing = false;
        _gone = null;
    }

    /// <summary>An entry came, or the broker has none that could come.</summary>
    public void Progressed() => Interlocked.Exchange(ref _progressed, 1);

    /// <summary>The topic is not there. True: it was, so what it held is lost.</summary>
    public bool Missing(bool mayBeAwaited)
    {
        _next = WaitForTopic;
        if (mayBeAwaited)
        {
            IsMissing = true;
            return false;
        }

        _gone ??= parts.Time.GetTimestamp();
        return parts.Time.GetElapsedTime(_gone.Value) >= GoneFor;
    }

    /// <summary>A session could not be had, or broke.</summary>
    public void Failed(SourceLogException why)
    {
        if (Interlocked.Exchange(ref _progressed, 0) != 0)
        {
            _pause = FirstPause;
            _down = null;
            _unreadable = null;
        }

        _next = _pause;
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        _down ??= parts.Time.GetTimestamp();
        TimeSpan down = parts.Time.GetElapsedTime(_down.Value);
        if (why is PulsarRefusedException { IsFinal: true })
        {
            _next = LongestPause;
            parts.Queue.AddFault(why);
        }
        else if (down >= parts.Options.DownAfter)
        {
            _down = null;
            parts.Queue.AddFault(new SourceLogException(
                $"channel '{channel}' on Pulsar at {parts.Options.ServiceUrl} has been out of reach for {down.TotalSeconds:0} s, longer than the {parts.Options.DownAfter.TotalSeconds:0} s allowed: {why.Message}", why));
        }
    }

    /// <summary>An entry cannot be read. The first time it is asked for again, since it may have been harmed on its way; then the reader hears of it. True: told.</summary>
    public bool Unreadable(SessionResult result)
    {
        if (_unreadable != result.From)
        {
            _unreadable = result.From;
            return false;
        }

        _next = LongestPause;
        parts.Queue.AddFault(new SourceLogException($"channel '{channel}': {result.Why}"));
        return true;
    }

    public Task PauseAsync(CancellationToken cancellation) => Task.Delay(_next, parts.Time, cancellation);
}
