namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// How many messages a channel may ask for. Pulsar's permits count messages, the budget counts bytes: the size of the messages seen last stands between them. Not safe for several threads.
/// </summary>
internal sealed class PulsarFlow
{
    private const int MostPermits = 1000;
    private const long FirstGuess = 64 << 10;

    private long _size = FirstGuess;
    private int _outstanding;
    private int _queued;

    /// <summary>Whether the broker had no permit left at some time since the last message came: it may have had messages that it could not send.</summary>
    public bool RanOut { get; private set; }

    /// <summary>A new consumer: what was permitted to the last one is gone.</summary>
    public void Begin()
    {
        _outstanding = 0;
        RanOut = false;
    }

    /// <summary>An entry with <paramref name="messages"/> messages came.</summary>
    public void Came(int messages)
    {
        _outstanding -= messages;
        RanOut = _outstanding <= 0;
    }

    /// <summary>A message of <paramref name="bytes"/> bytes was queued.</summary>
    public void Queued(int bytes)
    {
        _queued++;
        long cost = bytes + PulsarQueue.Overhead;

        // Larger ones count at once, smaller ones only when many have come.
        _size = Math.Max(cost, _size - ((_size - cost) / 32));
    }

    /// <summary>A message was taken out of the queue.</summary>
    public void Taken() => _queued--;

    /// <summary>The permits to give now; 0: none. <paramref name="budget"/>: the channel's bytes.</summary>
    public int Grant(long budget)
    {
        int window = (int)Math.Clamp(budget / _size, 2, MostPermits);
        int wanted = window - _outstanding - _queued;

        // A FLOW for half a window, not for each message.
        if (wanted < Math.Max(1, window / 2))
        {
            return 0;
        }

        _outstanding += wanted;
        return wanted;
    }
}
