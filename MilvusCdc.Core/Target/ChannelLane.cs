using System.Buffers;

namespace MilvusCdc.Core.Target;

/// <summary>One element of a pack on its way to a target pchannel.</summary>
internal sealed class PackElement(ReadOnlySequence<byte> bytes, ulong first, ulong last)
{
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The message.</summary>
    public ReadOnlySequence<byte> Bytes => bytes;

    /// <summary>Oldest timestamp in it.</summary>
    public ulong First => first;

    /// <summary>Newest timestamp in it.</summary>
    public ulong Last => last;

    /// <summary>Ends when the target has acknowledged the element, or with the fault that ended its lane.</summary>
    public Task Acknowledged => _sent.Task;

    /// <summary>The target has it.</summary>
    public void Acknowledge() => _sent.TrySetResult();

    /// <summary>It was not acknowledged and will not be sent again by this lane.</summary>
    public void Fail(Exception fault) => _sent.TrySetException(fault);
}

/// <summary>
/// One task's elements for one target pchannel, in order. A fault ends the lane: nothing that comes after a failed element may overtake it. Other tasks' lanes go on.
/// </summary>
internal sealed class ChannelLane(Action wake)
{
    private readonly Lock _lock = new();
    private readonly Queue<PackElement> _rows = new();
    private readonly Queue<PackElement> _ticks = new();
    private TaskCompletionSource? _call;
    private Exception? _fault;

    /// <summary>Ends when no call of this lane is in flight.</summary>
    public Task Quiet
    {
        get
        {
            lock (_lock)
            {
                return _call?.Task ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>Whether something waits.</summary>
    public bool HasWork
    {
        get
        {
            lock (_lock)
            {
                return _ticks.Count > 0 || _rows.Count > 0;
            }
        }
    }

    /// <summary>Queues rows or a drop message.</summary>
    public Task Send(ReadOnlySequence<byte> bytes, ulong first, ulong last) => Add(_rows, new PackElement(bytes, first, last));

    /// <summary>Queues a tick. It goes before rows that wait: they are newer than it, so order does not matter to them, and it makes others visible.</summary>
    public Task SendTick(ulong tick, byte[] message) => Add(_ticks, new PackElement(new ReadOnlySequence<byte>(message), tick, tick));

    /// <summary>Takes the elements of the next pack; when there are any, a call is in flight until <see cref="EndCall"/>.</summary>
    public List<PackElement> Take(PackOptions options)
    {
        var pack = new List<PackElement>();
        long bytes = 0;
        lock (_lock)
        {
            while (_ticks.TryDequeue(out PackElement? tick))
            {
                pack.Add(tick);
            }

            while (_rows.TryPeek(out PackElement? next) && pack.Count < options.MaximumElements && (pack.Count == 0 || bytes + next.Bytes.Length <= options.MaximumBytes))
            {
                bytes += next.Bytes.Length;
                pack.Add(_rows.Dequeue());
            }

            if (pack.Count > 0)
            {
                _call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        return pack;
    }

    /// <summary>Marks the end of the call that carried the last taken pack.</summary>
    public void EndCall()
    {
        lock (_lock)
        {
            _call?.TrySetResult();
            _call = null;
        }
    }

    /// <summary>Ends the lane: what waits fails, and so does what still comes.</summary>
    public void Fail(Exception fault)
    {
        lock (_lock)
        {
            _fault ??= fault;
            foreach (PackElement element in _ticks.Concat(_rows))
            {
                element.Fail(fault);
            }

            _ticks.Clear();
            _rows.Clear();
        }
    }

    private Task Add(Queue<PackElement> queue, PackElement element)
    {
        lock (_lock)
        {
            if (_fault is { } fault)
            {
                element.Fail(fault);
                return element.Acknowledged;
            }

            queue.Enqueue(element);
        }

        wake();
        return element.Acknowledged;
    }
}
