using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace MilvusCdc.Protocol.Logs;

/// <summary>Between whoever reads the broker and whoever reads the log: messages and faults in order, counted in bytes. Many may add, one may read.</summary>
/// <param name="owner">The log's name in errors.</param>
internal abstract class LogQueue<TChannel>(string owner)
    where TChannel : class
{
    /// <summary>What a message costs beside its value, in bytes, so that ticks are not free.</summary>
    public const int Overhead = 128;

    private readonly Channel<Item> _items = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private long _bytes;
    private int _reading;
    private int _faultWaits;

    /// <summary>What is in it.</summary>
    protected long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds a fault behind what was read before it. While one that was not thrown yet is there, one that belongs to no single channel is dropped.</summary>
    public void AddFault(SourceLogException fault)
    {
        if (fault is SourceLogGapException || Interlocked.Exchange(ref _faultWaits, 1) == 0)
        {
            _items.Writer.TryWrite(new Item(null, default, fault));
        }
    }

    /// <summary>Takes nothing more; the reader gets what is there, and then <see cref="ObjectDisposedException"/>.</summary>
    public virtual void Close() => _items.Writer.TryComplete();

    /// <summary>What was added, for one reader at a time. Throws the faults in their places.</summary>
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

                    int bytes = item.Message.Value.Length + Overhead;
                    Freed(Interlocked.Add(ref _bytes, -bytes), bytes);
                    if (IsWanted(item.Channel!, item.Message.Value.Length))
                    {
                        yield return item.Message;
                    }
                }

                cancellation.ThrowIfCancellationRequested();
            }

            throw new ObjectDisposedException(owner);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>Adds a message; false when the queue is closed.</summary>
    protected bool Put(TChannel channel, in LogMessage message)
    {
        Interlocked.Add(ref _bytes, message.Value.Length + Overhead);
        return _items.Writer.TryWrite(new Item(channel, message, null));
    }

    /// <summary>A message is taken: whether its channel still wants it to be given.</summary>
    protected abstract bool IsWanted(TChannel channel, int valueBytes);

    /// <summary>So many bytes were taken out, and so many are left. A limit is crossed by exactly one call.</summary>
    protected abstract void Freed(long left, int bytes);

    private void Throw(SourceLogException fault)
    {
        if (fault is not SourceLogGapException)
        {
            Volatile.Write(ref _faultWaits, 0);
        }

        throw fault;
    }

    private readonly record struct Item(TChannel? Channel, LogMessage Message, SourceLogException? Fault);
}
