using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Between the polling thread and the reader, bounded by bytes. A full queue blocks the polling thread; the log is durable.</summary>
internal sealed class KafkaQueue(long maxBytes) : LogQueue<OpenChannel>(nameof(KafkaSourceLog))
{
    private readonly object _room = new();
    private bool _writerWaits;
    private bool _closed;

    /// <summary>Waits for room, then adds the message; false when the queue is closed.</summary>
    public bool Add(OpenChannel channel, in LogMessage message) => (Bytes < maxBytes || WaitForRoom()) && Put(channel, message);

    public override void Close()
    {
        base.Close();
        lock (_room)
        {
            _closed = true;
            Monitor.PulseAll(_room);
        }
    }

    protected override bool IsWanted(OpenChannel channel, int valueBytes) => channel.Phase != ChannelPhase.Closed;

    protected override void Freed(long left, int bytes)
    {
        // Woken only when a good part is free: not once for every message.
        long wakeBelow = maxBytes - (maxBytes / 4);
        if (left < wakeBelow && left + bytes >= wakeBelow)
        {
            lock (_room)
            {
                if (_writerWaits)
                {
                    Monitor.Pulse(_room);
                }
            }
        }
    }

    private bool WaitForRoom()
    {
        lock (_room)
        {
            _writerWaits = true;
            while (!_closed && Bytes >= maxBytes)
            {
                Monitor.Wait(_room);
            }

            _writerWaits = false;
            return !_closed;
        }
    }
}
