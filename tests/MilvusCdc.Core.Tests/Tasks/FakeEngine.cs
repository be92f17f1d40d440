using System.Threading.Channels;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

/// <summary>An engine whose runs a test steers: each run is handed out, and goes on until the test ends it or it is told to stop.</summary>
internal sealed class FakeEngine : IReplicationEngine
{
    private readonly Channel<Run> _runs = Channel.CreateUnbounded<Run>();

    public List<string> Forgotten { get; } = [];

    public Exception? ForgetFails { get; set; }

    /// <summary>Whether a run ends by itself when it is told to stop.</summary>
    public bool StopsCleanly { get; set; } = true;

    public async Task<Run> NextRunAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        return await _runs.Reader.ReadAsync(patience.Token);
    }

    public async Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        Run run = new(task, ownership, progress, stop);
        _runs.Writer.TryWrite(run);
        if (StopsCleanly)
        {
            using CancellationTokenRegistration stopping = stop.Register(() => run.End.TrySetResult());
            await run.End.Task;
            return;
        }

        await run.End.Task;
    }

    /// <summary>Stands that go on now, and all that there were.</summary>
    public (int Now, int Ever) Stands { get; private set; }

    /// <summary>How the next stands fail.</summary>
    public Queue<Exception> StandFails { get; } = new();

    public async Task StandAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        if (StandFails.TryDequeue(out Exception? fails))
        {
            throw fails;
        }

        Stands = (Stands.Now + 1, Stands.Ever + 1);
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Stands = (Stands.Now - 1, Stands.Ever);
    }

    public Task ForgetAsync(string taskId, CancellationToken cancellation)
    {
        if (ForgetFails is { } fails)
        {
            throw fails;
        }

        Forgotten.Add(taskId);
        return Task.CompletedTask;
    }

    public sealed record Run(TaskDefinition Task, TaskOwnership Ownership, TaskProgress Progress, CancellationToken Stop)
    {
        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
