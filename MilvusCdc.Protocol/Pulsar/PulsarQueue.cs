using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// Between the connections and the reader: messages and faults in order, counted in bytes. Channels ask for more only while there is room (<see cref="PulsarFlow"/>);
/// should far more come than was thought, the sockets are left unread.
/// </summary>
internal sealed class PulsarQueue(long maxBytes)
{
    // What a message costs beside its value, so that ticks are not free.
    public const int Overhead = 128;

    private readonly Channel<Item> _items = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private int _reading;
    private int _faultWaits;

    /// <summary>Whether nothing more should be read from the sockets.</summary>
    public bool IsOverfull => Interlocked.Read(ref _bytes) >= 2 * maxBytes;

    public void Add(PulsarChannel channel, in LogMessage message)
    {
        Interlocked.Add(ref _bytes, message.Value.Length + Overhead);
        _items.Writer.TryWrite(new Item(channel, message, null));
    }

    /// <summary>Adds a fault behind what was read before it. While one that was not thrown yet is there, one that belongs to no single channel is dropped.</summary>
    public void AddFault(SourceLogException fault)
    {
        if (fault is SourceLogGapException || Interlocked.Exchange(ref _faultWaits, 1) == 0)
        {
            _items.Writer.TryWrite(new Item(null, default, fault));
        }
    }

    public void Close() => _items.Writer.TryComplete();

    /// <summary>Waits until a good part of what was read ahead is taken.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellation)
    {
        while (IsOverfull)
        {
            Task room = Volatile.Read(ref _room).Task;
            if (!IsOverfull)
            {
                return;
            }

            await room.WaitAsync(cancellation);
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
                    if (item.Channel!.Taken(item.Message.Value.Length))
                    {
                        yield return item.Message;
                    }
                }

                cancellation.ThrowIfCancellationRequested();
            }

            throw new ObjectDisposedException(nameof(PulsarSourceLog));
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

    private void Release(int bytes)
    {
        long left = Interlocked.Add(ref _bytes, -bytes);
        if (left < 2 * maxBytes && left + bytes >= 2 * maxBytes)
        {
            Interlocked.Exchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    private readonly record struct Item(PulsarChannel? Channel, LogMessage Message, SourceLogException? Fault);
}
