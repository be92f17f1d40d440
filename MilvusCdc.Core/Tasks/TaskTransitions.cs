using MilvusCdc.Core.Resilience;
using static MilvusCdc.Core.Tasks.TaskAction;
using static MilvusCdc.Core.Tasks.TaskPhase;

namespace MilvusCdc.Core.Tasks;

/// <summary>The life of an owned task: condition + event → condition + actions. No I/O, no clock; nothing else changes a phase.</summary>
public static class TaskTransitions
{
    /// <summary>How a task begins in a worker's hands.</summary>
    public static Transition Begin(TaskIntent intent) => intent switch
    {
        TaskIntent.Pause => new(new TaskCondition(Paused, TaskGoal.Pause), [RecordPaused]),
        TaskIntent.Delete => new(new TaskCondition(Draining, TaskGoal.Delete), [Forget]),
        _ => new(new TaskCondition(Starting, TaskGoal.Run, EngineRuns: true), [RecordRunning, StartEngine]),
    };

    /// <summary>What <paramref name="occurred"/> leads to. An event that does not concern the condition leads nowhere.</summary>
    public static Transition Next(TaskCondition now, TaskEvent occurred) => occurred switch
    {
        TaskEvent.OwnershipLost => new(now with { Goal = TaskGoal.Release, EngineRuns = false }, [CancelRetry, StopEngine, End]),
        TaskEvent.Progressed => Advance(now),
        TaskEvent.EngineEnded when now.EngineRuns => AfterEngine(now with { EngineRuns = false }, fault: null),
        TaskEvent.Faulted faulted when now.EngineRuns => AfterEngine(now with { EngineRuns = false }, faulted.Fault),
        TaskEvent.RetryDue => Again(now),
        TaskEvent.Forgotten when Forgetting(now) => new(now, [End]),
        TaskEvent.ForgetFailed failed when Forgetting(now) => new(now with { Attempt = now.Attempt + 1, Fault = failed.Fault }, [ScheduleRetry]),
        TaskEvent.PauseRequested => Towards(now, TaskGoal.Pause),
        TaskEvent.ResumeRequested => Towards(now, TaskGoal.Run),
        TaskEvent.DeleteRequested => Towards(now, TaskGoal.Delete),
        TaskEvent.ReleaseRequested => Towards(now, TaskGoal.Release),
        _ => Stay(now),
    };

    private static Transition Advance(TaskCondition now) => now.Phase is Starting or Streaming && now.EngineRuns
        ? new(now with { Phase = Streaming, Attempt = 0, Fault = null }, [])
        : Stay(now);

    private static Transition Again(TaskCondition now) => now.Phase switch
    {
        Retrying => Start(now),
        Draining when Forgetting(now) => new(now, [Forget]),
        _ => Stay(now),
    };

    private static Transition AfterEngine(TaskCondition now, Fault? fault) => (now.Phase, now.Goal) switch
    {
        // A drain that fails leaves no cut, but the checkpoint holds: the stop itself succeeded.
        (Draining, TaskGoal.Pause) => new(now with { Phase = Paused, Attempt = 0, Fault = null }, [RecordPaused]),
        (Draining, TaskGoal.Delete) => new(now with { Attempt = 0, Fault = null }, [Forget]),
        (Draining, TaskGoal.Release) => new(now, [End]),
        (Draining, _) => Start(now),
        _ => AtFault(now, fault ?? EndedUnasked),
    };

    private static Transition AtFault(TaskCondition now, Fault fault)
    {
        TaskCondition stopped = now with { Attempt = now.Attempt + 1, Fault = fault };
        return fault.Action switch
        {
            FaultAction.Block or FaultAction.DeadLetter => new(stopped with { Phase = Blocked }, []),
            FaultAction.Gap => new(stopped with { Phase = GapDetected }, []),
            FaultAction.Fail => new(stopped with { Phase = Failed }, []),
            _ => new(stopped with { Phase = Retrying }, [ScheduleRetry]),
        };
    }

    private static Transition Towards(TaskCondition now, TaskGoal goal)
    {
        // A deletion is final; only the worker's own end comes before it.
        if (now.Goal is TaskGoal.Release || (now.Goal is TaskGoal.Delete && goal is not TaskGoal.Release))
        {
            return Stay(now);
        }

        TaskCondition wanted = now with { Goal = goal };
        if (now.EngineRuns)
        {
            return now.Phase is Draining ? new(wanted, Recorded(goal))
                : goal is TaskGoal.Run ? Stay(now)
                : new(wanted with { Phase = Draining }, [StopEngine]);
        }

        return goal switch
        {
            TaskGoal.Release => new(wanted, [CancelRetry, End]),
            TaskGoal.Delete => new(wanted with { Phase = Draining, Attempt = 0, Fault = null }, [CancelRetry, Forget]),
            TaskGoal.Pause when now.Phase is not Paused => new(wanted with { Phase = Paused, Attempt = 0, Fault = null }, [CancelRetry, RecordPaused]),
            TaskGoal.Run => Start(wanted, CancelRetry, RecordRunning),
            _ => Stay(now),
        };
    }

    // While the engine drains for a pause, a resume takes effect when it has ended; the store learns of it then.
    private static TaskAction[] Recorded(TaskGoal goal) => goal is TaskGoal.Run ? [RecordRunning] : [];

    private static Transition Start(TaskCondition now, params TaskAction[] before) =>
        new(now with { Phase = Starting, EngineRuns = true }, [.. before, StartEngine]);

    private static bool Forgetting(TaskCondition now) => now is { Phase: Draining, Goal: TaskGoal.Delete, EngineRuns: false };

    private static Transition Stay(TaskCondition now) => new(now, []);

    private static readonly Fault EndedUnasked = new(
        FaultAction.Retry, "engine.ended", "The engine", "ended although nobody asked it to, so it is started again from the checkpoint", "");
}
