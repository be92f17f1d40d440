using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Core.Tests.Tasks;

public sealed class TaskRunnerTests
{
    private readonly FakeEngine _engine = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
    private readonly Journal _journal = new();

    [Fact]
    public async Task Task_streams_when_its_frontier_moves()
    {
        TaskRunner runner = Start(out _);
        FakeEngine.Run run = await _engine.NextRunAsync();
        Assert.Equal(TaskPhase.Starting, runner.Status.Phase);

        run.Progress.Head = 1_700_000_005_000UL << 18;
        run.Progress.Frontier = 1_700_000_003_500UL << 18;
        await UntilAsync(() => runner.Status.Phase is TaskPhase.Streaming);

        TaskReport status = runner.Status;
        Assert.Equal((1500L, 1_700_000_003_500L, 1_700_000_005_000L), (status.LagMs, status.FrontierMs, status.HeadMs));
        Assert.Equal(TaskState.Running, status.State);
        Assert.Equal("worker", status.Owner);
    }

    [Fact]
    public async Task Fault_is_shown_retried_for_ever_and_forgotten_after_progress()
    {
        TaskRunner runner = Start(out _);
        for (int attempt = 1; attempt <= 4; attempt++)
        {
            FakeEngine.Run failing = await _engine.NextRunAsync();
            failing.End.SetException(new GrpcException(GrpcStatus.Unavailable, "connection refused"));
            await UntilAsync(() => runner.Status is { Phase: TaskPhase.Retrying, NextRetryAt: not null });

            TaskReport status = runner.Status;
            Assert.Equal(attempt, status.Attempt);
            Assert.Contains("connection refused", status.Reason, StringComparison.Ordinal);
            Assert.True(status.NextRetryAt > _time.GetUtcNow());
            _time.Advance(status.NextRetryAt.Value - _time.GetUtcNow());
        }

        FakeEngine.Run healed = await _engine.NextRunAsync();
        Assert.NotNull(runner.Status.Reason);
        healed.Progress.Frontier = 1 << 20;
        await UntilAsync(() => runner.Status is { Phase: TaskPhase.Streaming, Attempt: 0, Reason: null });
    }

    [Fact]
    public async Task Stop_for_a_person_waits_until_the_task_is_resumed()
    {
        TaskRunner runner = Start(out _);
        (await _engine.NextRunAsync()).End.SetException(new ReplicationStoppedException(TaskPhase.GapDetected, "channel c lost 5 messages"));
        await UntilAsync(() => runner.Status.Phase is TaskPhase.GapDetected);
        Assert.Null(runner.Status.NextRetryAt);
        Assert.Contains("channel c lost 5 messages", runner.Status.Reason, StringComparison.Ordinal);

        runner.Post(new TaskEvent.ResumeRequested());
        await _engine.NextRunAsync();
    }

    [Fact]
    public async Task Pause_drains_and_resume_starts_again()
    {
        _engine.StopsCleanly = false;
        TaskRunner runner = Start(out _);
        FakeEngine.Run run = await _engine.NextRunAsync();

        runner.Post(new TaskEvent.PauseRequested());
        await UntilAsync(() => run.Stop.IsCancellationRequested);
        Assert.Equal(TaskPhase.Draining, runner.Status.Phase);

        run.End.SetResult();
        await UntilAsync(() => runner.Status.Phase is TaskPhase.Paused && _journal.States.LastOrDefault() is TaskState.Paused);
        Assert.Equal(TaskState.Paused, runner.Status.State);

        runner.Post(new TaskEvent.ResumeRequested());
        await _engine.NextRunAsync();
        await UntilAsync(() => _journal.States.LastOrDefault() is TaskState.Running);
    }

    [Fact]
    public async Task Delete_stops_the_engine_then_forgets_then_removes()
    {
        TaskRunner runner = Start(out Task end);
        FakeEngine.Run run = await _engine.NextRunAsync();
        _engine.ForgetFails = new IOException("etcd is away");

        runner.Post(new TaskEvent.DeleteRequested());
        await UntilAsync(() => runner.Status is { Phase: TaskPhase.Draining, NextRetryAt: not null });
        Assert.True(run.Stop.IsCancellationRequested);
        Assert.Empty(_journal.Removed);

        _engine.ForgetFails = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        await end.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["a"], _engine.Forgotten);
        Assert.Equal(["a"], _journal.Removed);
    }

    [Fact]
    public async Task Lost_ownership_ends_at_once_although_the_engine_hangs()
    {
        _engine.StopsCleanly = false;
        TaskRunner runner = Start(out Task end);
        FakeEngine.Run run = await _engine.NextRunAsync();

        runner.Post(new TaskEvent.OwnershipLost());
        await end.WaitAsync(TimeSpan.FromSeconds(60));

        await UntilAsync(() => run.Stop.IsCancellationRequested);
        Assert.False(runner.EngineEnd.IsCompleted);
        run.End.SetResult();
        await runner.EngineEnd.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Task_that_stands_still_keeps_its_target_queryable_and_never_while_its_engine_runs()
    {
        _engine.StandFails.Enqueue(new GrpcException(GrpcStatus.Unavailable, "connection refused"));
        TaskRunner runner = Start(out Task end);
        await _engine.NextRunAsync();
        Assert.Equal((0, 0), _engine.Stands);

        runner.Post(new TaskEvent.PauseRequested());
        await UntilAsync(() => runner.Status.Phase is TaskPhase.Paused && _engine.Stands == (1, 1));

        runner.Post(new TaskEvent.ResumeRequested());
        FakeEngine.Run run = await _engine.NextRunAsync();
        Assert.Equal((0, 1), _engine.Stands);

        run.End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "a message cannot be replicated"));
        await UntilAsync(() => runner.Status.Phase is TaskPhase.Blocked && _engine.Stands == (1, 2));

        runner.Post(new TaskEvent.DeleteRequested());
        await end.WaitAsync(TimeSpan.FromSeconds(60));
        await runner.EngineEnd.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((0, 2), _engine.Stands);
    }

    [Fact]
    public async Task State_is_stored_when_the_store_is_back()
    {
        _journal.Away = true;
        TaskRunner runner = Start(out _);
        await _engine.NextRunAsync();
        await UntilAsync(() => _journal.Tried > 0);

        _journal.Away = false;
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _journal.States is [TaskState.Running];
        });
        Assert.Equal(TaskPhase.Starting, runner.Status.Phase);
    }

    private TaskRunner Start(out Task end)
    {
        TaskRunnerServices services = new(_engine, _journal, new RetryDelays(new Random(1)), _time, NullLogger<TaskRunner>.Instance);
        TaskRunner runner = new(Sample.Record("a"), new TaskOwnership("owners/a", 7), "worker", services);
        end = runner.RunAsync();
        return runner;
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Delay(5, patience.Token);
        }
    }

    private sealed class Journal : ITaskJournal
    {
        public List<TaskState> States { get; } = [];

        public List<string> Removed { get; } = [];

        public bool Away { get; set; }

        public int Tried { get; private set; }

        public Task RecordStateAsync(string taskId, TaskState state, CancellationToken cancellation)
        {
            Tried++;
            if (Away)
            {
                throw new IOException("the store is away");
            }

            States.Add(state);
            return Task.CompletedTask;
        }

        public Task RemoveAsync(string taskId, CancellationToken cancellation)
        {
            Removed.Add(taskId);
            return Task.CompletedTask;
        }
    }
}
