using System.Collections.Concurrent;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target;

/// <summary>Faults a test can switch on. Method names are short ("ReplicateMessage"); "*" means every method.</summary>
public sealed class FaultSwitches
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Exception>> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _stalls = new(StringComparer.Ordinal);

    /// <summary>Time added before a method is handled.</summary>
    public ConcurrentDictionary<string, TimeSpan> Delays { get; } = new(StringComparer.Ordinal);

    /// <summary>While true every call ends as if the connection broke (UNAVAILABLE), before it is handled.</summary>
    public bool DropConnections { get; set; }

    /// <summary>While true every call is handled, but its answer is lost (UNAVAILABLE): the caller cannot know that it was done.</summary>
    public bool LoseAnswers { get; set; }

    /// <summary>Messages of a pack for which this is true are refused with 1901, and nothing of their pack is written; null: none.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? RefuseMessage { get; set; }

    /// <summary>The next <paramref name="times"/> calls of the method fail with this gRPC error or Milvus refusal, before they are handled.</summary>
    public void Fail(string method, Exception with, int times = 1)
    {
        ConcurrentQueue<Exception> queue = _failures.GetOrAdd(method, _ => new());
        for (int i = 0; i < times; i++)
        {
            queue.Enqueue(with);
        }
    }

    /// <summary>From now on the method's calls are not handled and not answered, until <see cref="GoOn"/>; those that were given up by then never are.</summary>
    public void Stall(string method) => _stalls.TryAdd(method, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Ends <see cref="Stall"/>: the calls that wait are handled.</summary>
    public void GoOn(string method)
    {
        if (_stalls.TryRemove(method, out TaskCompletionSource? stall))
        {
            stall.TrySetResult();
        }
    }

    /// <summary>Switches all of them off.</summary>
    public void Heal()
    {
        foreach (string method in _stalls.Keys)
        {
            GoOn(method);
        }

        (DropConnections, LoseAnswers) = (false, false);
        Delays.Clear();
        _failures.Clear();
    }

    /// <summary>Waits or throws as the switches say. Returns a refusal that is to be the call's answer; null for none.</summary>
    internal async ValueTask<RefusalException?> ApplyAsync(string method, TimeProvider time, CancellationToken cancellation)
    {
        if (DropConnections)
        {
            throw ConnectionBroke();
        }

        if (_stalls.TryGetValue(method, out TaskCompletionSource? stall))
        {
            await stall.Task.WaitAsync(cancellation);
        }

        if (DelayOf(method) is { Ticks: > 0 } delay)
        {
            await Task.Delay(delay, time, cancellation);
        }

        return Next(method) switch
        {
            null => null,
            RefusalException refusal => refusal,
            Exception other => throw other,
        };
    }

    internal static GrpcException ConnectionBroke() => new(GrpcStatus.Unavailable, "recvmsg:Connection reset by peer");

    internal Exception? Next(string method) =>
        _failures.TryGetValue(method, out ConcurrentQueue<Exception>? own) && own.TryDequeue(out Exception? failure) ? failure
        : _failures.TryGetValue("*", out ConcurrentQueue<Exception>? all) && all.TryDequeue(out failure) ? failure
        : null;

    internal TimeSpan DelayOf(string method) =>
        Delays.TryGetValue(method, out TimeSpan own) || Delays.TryGetValue("*", out own) ? own : TimeSpan.Zero;
}
