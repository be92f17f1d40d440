using System.Buffers;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Target;

/// <summary>One element of a pack on its way to a target pchannel.</summary>
internal sealed class PackElement(ReadOnlySequence<byte> bytes, ulong first, ulong last, TaskCompletionSource sent)
{

    /// <summary>The message.</summary>
    public ReadOnlySequence<byte> Bytes => bytes;

    /// <summary>Oldest timestamp in it.</summary>
    public ulong First => first;

    /// <summary>Newest timestamp in it.</summary>
    public ulong Last => last;

    /// <summary>Whether it is a tick.</summary>
    public bool IsTick { get; init; }

    /// <summary>Ends when the target has acknowledged the element, or with the fault that ended its lane.</summary>
    public Task Acknowledged => sent.Task;

    /// <summary>The target has it.</summary>
    public void Acknowledge() => sent.TrySetResult();

    /// <summary>It was not acknowledged and will not be sent again by this lane.</summary>
    public void Fail(Exception fault) => sent.TrySetException(fault);
}

/// <summary>
/// One task's elements for one target pchannel, in order. A fault ends the lane: nothing that comes after a failed element may overtake it. Other tasks' lanes go on.
/// </summary>
/// <param name="wake">Tells the writer that something waits.</param>
/// <param name="sending">Told before rows wait to be sent.</param>
/// <param name="nextTick">The tick that the pchannel may get at the moment of the call; null: none.</param>
/// <param name="send">One call to the target.</param>
internal sealed class ChannelLane(Action wake, Action sending, Func<ulong?> nextTick, Func<ReplicatePack, CancellationToken, Task> send)
{
    /// <summary>Source id of the ticks that we make; Milvus's own coordinators have positive ones.</summary>
    private const long OwnSourceId = -1;

    private readonly Lock _lock = new();
    private readonly Queue<PackElement> _rows = new();
    private TaskCompletionSource? _tick;
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

    /// <summary>Whether a fault ended the lane.</summary>
    public bool HasFailed
    {
        get
        {
            lock (_lock)
            {
                return _fault is not null;
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
                return _tick is not null || _rows.Count > 0;
            }
        }
    }

    /// <summary>Queues rows or a drop message.</summary>
    public Task Send(ReadOnlySequence<byte> bytes, ulong first, ulong last)
    {
        sending();
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_fault is { } fault)
            {
                return Task.FromException(fault);
            }

            _rows.Enqueue(new PackElement(bytes, first, last, sent));
        }

        wake();
        return sent.Task;
    }

    /// <summary>
    /// Asks for the tick that the pchannel may get when its turn comes. It goes before rows that wait: they are newer than it, so order does not matter to them, and it makes
    /// others visible. Requests that wait share one.
    /// </summary>
    public Task RequestTick()
    {
        Task wanted;
        lock (_lock)
        {
            if (_fault is { } fault)
            {
                return Task.FromException(fault);
            }

            _tick ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wanted = _tick.Task;
        }

        wake();
        return wanted;
    }

    /// <summary>One call.</summary>
    public Task SendAsync(ReplicatePack pack, CancellationToken cancellation) => send(pack, cancellation);

    /// <summary>Takes the elements of the next pack; when there are any, a call is in flight until <see cref="EndCall"/>.</summary>
    public List<PackElement> Take(PackOptions options)
    {
        var pack = new List<PackElement>();
        long bytes = 0;
        lock (_lock)
        {
            if (_tick is { } wanted)
            {
                _tick = null;
                if (nextTick() is { } tick)
                {
                    pack.Add(new PackElement(new ReadOnlySequence<byte>(TickMessage.Create(tick, OwnSourceId)), tick, tick, wanted) { IsTick = true });
                }
                else
                {
                    wanted.TrySetResult();
                }
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
            foreach (PackElement element in _rows)
            {
                element.Fail(fault);
            }

            _rows.Clear();
            _tick?.TrySetException(fault);
            _tick = null;
        }
    }
}
