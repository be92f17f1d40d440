namespace MilvusCdc.Protocol.Kafka;

/// <summary>Since when all brokers have been out of reach.</summary>
internal sealed class DownTime(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _since;

    /// <summary>How long, or null when at least one broker is up.</summary>
    public TimeSpan? Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _since is { } since ? time.GetElapsedTime(since) : null;
            }
        }
    }

    public void Begin()
    {
        lock (_gate)
        {
            _since ??= time.GetTimestamp();
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _since = null;
        }
    }
}
