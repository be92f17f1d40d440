using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Between the polling thread and the reader: messages and faults in order, bounded by bytes. A full queue blocks the polling thread; the log is durable.</summary>
internal sealed class ReadAheadQueue(long maxBytes)
{
    // What a message costs beside its value, so that ticks are not free.
    private const int Overhead = 128;

    private readonly Channel<Item> _items = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly object _room = new();
    private long _bytes;
    private bool _writerWaits;
    private bool _closed;
    private int _reading;
    private int _faultWaits;

    /// <summary>Waits for room, then adds the message; false when the queue is closed.</summary>
    public bool Add(OpenChannel channel, in LogMessage message)
    {
        if (Interlocked.Read(ref _bytes) >= maxBytes && !WaitForRoom())
        {
            return false;
        }

        Interlocked.Add(ref _bytes, message.Value.Length + Overhead);
        return _items.Writer.TryWrite(new Item(channel, message, null));
    }

    /// <summary>Adds a fault behind what was read before it. While one that was not thrown yet is there, one that belongs to no single channel is dropped.</summary>
    public void AddFault(SourceLogException fault)
    {
        if (fault is SourceLogGapException || Interlocked.Exchange(ref _faultWaits, 1) == 0)
        {
            _items.Writer.TryWrite(new Item(null, default, fault));
        }
    }

    public void Close()
    {
        _items.Writer.TryComplete();
        lock (_room)
        {
            _closed = true;
            Monitor.PulseAll(_room);
        }
    }

    public async IAsyncEnumerable<LogMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException("the log is being read already; one enumeration at a time");
        }

        try
        {
            while (await _items.Reader.WaitToReadAsync(cancellation))
            {
                // Looked at before the message is taken: one that was taken is always given.
                while (!cancellation.IsCancellationRequested && _items.Reader.TryRead(out Item item))
                {
                    if (item.Fault is { } fault)
                    {
                        Throw(fault);
                    }

                    Release(item.Message.Value.Length + Overhead);
                    if (item.Channel!.Phase != ChannelPhase.Closed)
                    {
                        yield return item.Message;
                    }
                }

                cancellation.ThrowIfCancellationRequested();
            }

            throw new ObjectDisposedException(nameof(KafkaSourceLog));
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private void Throw(SourceLogException fault)
    {
        if (fault is not SourceLogGapException)
        {
            Volatile.Write(ref _faultWaits, 0);
        }

        throw fault;
    }

    private bool WaitForRoom()
    {
        lock (_room)
        {
            _writerWaits = true;
            while (!_closed && Interlocked.Read(ref _bytes) >= maxBytes)
            {
                Monitor.Wait(_room);
            }

            _writerWaits = false;
            return !_closed;
        }
    }

    private void Release(int bytes)
    {
        long left = Interlocked.Add(ref _bytes, -bytes);

        // Woken only when a good part is free: not once for every message. The crossing is seen by exactly one release.
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

    private readonly record struct Item(OpenChannel? Channel, LogMessage Message, SourceLogException? Fault);
}
