using System.Collections.Concurrent;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Tests.Shared;

/// <summary>An engine that replicates nothing: it runs until it is told to stop, or until the test makes it fail.</summary>
public sealed class SteeredEngine : IReplicationEngine
{
    /// <summary>The runs that go on now, by task.</summary>
    public ConcurrentDictionary<string, Run> Runs { get; } = new();

    /// <summary>Tasks whose runs fail at once, and how.</summary>
    public ConcurrentDictionary<string, Exception> Failing { get; } = new();

    /// <summary>Tasks that were forgotten.</summary>
    public ConcurrentQueue<string> Forgotten { get; } = new();

    /// <summary>How many runs of one task went on at the same time at most; more than 1 is a defect of the host.</summary>
    public int MostRunsOfOneTask { get; private set; }

    /// <inheritdoc/>
    public async Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        if (Failing.TryGetValue(task.Id, out Exception? failure))
        {
            throw failure;
        }

        Run run = new(task, ownership, progress);
        MostRunsOfOneTask = Math.Max(MostRunsOfOneTask, Runs.TryAdd(task.Id, run) ? 1 : 2);
        try
        {
            using CancellationTokenRegistration stopping = stop.Register(() => run.End.TrySetResult());
            progress.Head = progress.Frontier + (2_000UL << 18);
            progress.Frontier += 1_000UL << 18;
            await run.End.Task;
        }
        finally
        {
            Runs.TryRemove(KeyValuePair.Create(task.Id, run));
        }
    }

    /// <summary>Tasks that stand still now with their target kept queryable.</summary>
    public ConcurrentDictionary<string, bool> Standing { get; } = new();

    /// <inheritdoc/>
    public async Task StandAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        Standing[task.Id] = true;
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Standing.TryRemove(task.Id, out _);
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string taskId, CancellationToken cancellation)
    {
        Forgotten.Enqueue(taskId);
        return Task.CompletedTask;
    }

    /// <summary>One run.</summary>
    public sealed record Run(TaskDefinition Task, TaskOwnership Ownership, TaskProgress Progress)
    {
        /// <summary>Ends the run; with an exception it fails.</summary>
        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
