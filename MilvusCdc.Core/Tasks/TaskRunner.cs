using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using static MilvusCdc.Core.Tasks.TaskAction;

namespace MilvusCdc.Core.Tasks;

/// <summary>
/// Runs one task for as long as this worker owns it: feeds what happens through <see cref="TaskTransitions"/> and does what comes out, one event after the other.
/// A fault never ends it: it tries again for ever, visibly.
/// </summary>
public sealed partial class TaskRunner
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly Channel<TaskEvent> _events = Channel.CreateUnbounded<TaskEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskDefinition _task;
    private readonly TaskOwnership _ownership;
    private readonly TaskRunnerServices _services;
    private readonly TaskProgress _progress = new();
    private readonly string _owner;
    private readonly TaskRecorder _recorder;
    private readonly Standing _standing;

    private Func<Task>? _stopEngine;
    private ITimer? _retry;
    private ulong _frontierAtStart;
    private volatile View _view;

    /// <summary>Prepares a task that this worker owns; <see cref="RunAsync"/> begins.</summary>
    /// <param name="record">As stored when it was claimed.</param>
    /// <param name="ownership">The claim.</param>
    /// <param name="owner">The worker's name, for people.</param>
    /// <param name="services">What it works with.</param>
    public TaskRunner(TaskRecord record, TaskOwnership ownership, string owner, TaskRunnerServices services)
    {
        _task = record.Definition;
        _ownership = ownership;
        _owner = owner;
        _services = services;
        _recorder = new TaskRecorder(_task.Id, services);
        _standing = new Standing(_task, ownership, _progress, services);
        Transition begin = TaskTransitions.Begin(record.Intent);
        _view = new View(begin.Next, services.Time.GetUtcNow(), NextRetryAt: null);
        Begin = begin;
    }

    private Transition Begin { get; }

    /// <summary>The task's id.</summary>
    public string TaskId => _task.Id;

    /// <summary>Where the task's target is.</summary>
    public TargetEndpoint Target => _task.Target;

    /// <summary>Ends when nothing of the task writes any more; after a lost ownership that may be later than <see cref="RunAsync"/>.</summary>
    public Task EngineEnd
    {
        get => Task.WhenAll(field, _standing.End);
        private set;
    } = Task.CompletedTask;

    /// <summary>What the task is doing now. Cheap; from any thread.</summary>
    public TaskReport Status
    {
        get
        {
            View view = _view;
            TaskReport status = new()
            {
                Id = _task.Id,
                Target = _task.Target.Address.GetLeftPart(UriPartial.Authority),
                State = view.Condition.Phase is TaskPhase.Paused ? TaskState.Paused : TaskState.Running,
                Phase = view.Condition.Phase,
                Reason = view.Condition.Fault?.Sentence,
                Since = view.Since,
                Attempt = view.Condition.Attempt,
                NextRetryAt = view.NextRetryAt,
                Owner = _owner,
            };
            return status.With(_progress, _services.Time);
        }
    }

    /// <summary>Tells the task that something happened; never waits.</summary>
    public void Post(TaskEvent occurred) => _events.Writer.TryWrite(occurred);

    /// <summary>
    /// Runs until the task is deleted, released or lost. After <see cref="TaskEvent.OwnershipLost"/> it ends at once, without waiting for the engine, which has been told to stop
    /// and whose checkpoints the store refuses from then on.
    /// </summary>
    public async Task RunAsync()
    {
        bool ended = Apply(Begin);
        using ITimer progress = _services.Time.CreateTimer(_ => LookForProgress(), state: null, ProgressInterval, ProgressInterval);
        try
        {
            while (!ended)
            {
                TaskEvent occurred = await _events.Reader.ReadAsync().ConfigureAwait(false);
                ended = Apply(TaskTransitions.Next(_view.Condition, occurred));
            }
        }
        finally
        {
            _events.Writer.TryComplete();
            _retry?.Dispose();
            await _recorder.DisposeAsync().ConfigureAwait(false);
        }
    }

    private bool Apply(Transition transition)
    {
        View before = _view;
        TaskCondition next = transition.Next;
        DateTimeOffset now = _services.Time.GetUtcNow();
        bool moved = before.Condition.Phase != next.Phase;
        _view = new View(next, moved ? now : before.Since, next.Phase == before.Condition.Phase ? before.NextRetryAt : null);
        if (moved)
        {
            LogPhase(_services.Logger, _task.Id, before.Condition.Phase, next.Phase, next.Fault?.Sentence ?? "");
        }

        bool ended = transition.Actions.Contains(End);
        _standing.Set(!ended && Standing.Fits(next.Phase));
        foreach (TaskAction action in transition.Actions)
        {
            Do(action, next);
        }

        return ended;
    }

    private void Do(TaskAction action, TaskCondition condition)
    {
        switch (action)
        {
            case StartEngine:
                _frontierAtStart = _progress.Frontier;
                _progress.CaughtUp = false;

                // Never disposed of: it has no timer, and a stop may come while the news of the engine's end is still on its way.
                CancellationTokenSource stop = new();
                _stopEngine = stop.CancelAsync;
                EngineEnd = RunEngineAsync(_standing.End, stop.Token);
                break;
            case StopEngine:
                // Registered callbacks of the engine may run inside Cancel: they must not hold the mailbox.
                _ = _stopEngine?.Invoke();
                break;
            case ScheduleRetry:
                Schedule(condition);
                break;
            case CancelRetry:
                _retry?.Dispose();
                _view = _view with { NextRetryAt = null };
                break;
            case RecordRunning:
                _recorder.Record(TaskState.Running);
                break;
            case RecordPaused:
                _recorder.Record(TaskState.Paused);
                break;
            case Forget:
                _ = ForgetAsync();
                break;
        }
    }

    private void Schedule(TaskCondition condition)
    {
        TimeSpan delay = _services.Delays.Before(condition.Attempt, condition.Fault?.Action ?? FaultAction.Retry);
        _retry?.Dispose();
        _view = _view with { NextRetryAt = _services.Time.GetUtcNow() + delay };
        _retry = _services.Time.CreateTimer(_ => Post(new TaskEvent.RetryDue()), state: null, delay, Timeout.InfiniteTimeSpan);
    }

    private void LookForProgress()
    {
        TaskCondition condition = _view.Condition;
        bool waiting = condition.Phase is TaskPhase.Starting || (condition.Phase is TaskPhase.Streaming && condition.Attempt > 0);
        if (waiting && condition.EngineRuns && (_progress.Frontier > Volatile.Read(ref _frontierAtStart) || _progress.CaughtUp))
        {
            Post(new TaskEvent.Progressed());
        }
    }

    private async Task RunEngineAsync(Task standing, CancellationToken stop)
    {
        try
        {
            await standing.ConfigureAwait(false);

            // Off the mailbox: an engine that computes before its first await must not delay a pause.
            await Task.Run(() => _services.Engine.RunAsync(_task, _ownership, _progress, stop), CancellationToken.None).ConfigureAwait(false);
            Post(new TaskEvent.EngineEnded());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Post(new TaskEvent.EngineEnded());
        }
#pragma warning disable CA1031 // The one place where what an engine throws becomes a fault of its task, so that no task harms another.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            Fault fault = FaultClassifier.Classify(thrown);
            LogFault(_services.Logger, thrown, _task.Id, fault.Kind, fault.Sentence);
            Post(new TaskEvent.Faulted(fault));
        }
    }

    private async Task ForgetAsync()
    {
        try
        {
            using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30), _services.Time);
            await _services.Engine.ForgetAsync(_task.Id, deadline.Token).ConfigureAwait(false);
            await _recorder.StopAsync().ConfigureAwait(false);
            await _services.Journal.RemoveAsync(_task.Id, deadline.Token).ConfigureAwait(false);
            Post(new TaskEvent.Forgotten());
        }
#pragma warning disable CA1031 // As above: whatever keeps the task from being removed is shown and tried again.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            Fault fault = FaultClassifier.Classify(thrown);
            LogFault(_services.Logger, thrown, _task.Id, fault.Kind, fault.Sentence);
            Post(new TaskEvent.ForgetFailed(fault));
        }
    }

    private sealed record View(TaskCondition Condition, DateTimeOffset Since, DateTimeOffset? NextRetryAt);
}
