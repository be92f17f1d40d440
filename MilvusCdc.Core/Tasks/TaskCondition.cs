using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Tasks;

/// <summary>Where a running task is to go.</summary>
public enum TaskGoal
{
    /// <summary>Replicate.</summary>
    Run,

    /// <summary>Stand still.</summary>
    Pause,

    /// <summary>Be forgotten.</summary>
    Delete,

    /// <summary>Be left to another worker.</summary>
    Release,
}

/// <summary>What the owning worker has to do.</summary>
public enum TaskAction
{
    /// <summary>Run the engine.</summary>
    StartEngine,

    /// <summary>Tell the engine to stop at a cut; it answers by ending.</summary>
    StopEngine,

    /// <summary>Wait before the next attempt.</summary>
    ScheduleRetry,

    /// <summary>Forget a scheduled attempt.</summary>
    CancelRetry,

    /// <summary>Store that the task runs.</summary>
    RecordRunning,

    /// <summary>Store that the task stands still.</summary>
    RecordPaused,

    /// <summary>Remove everything that is stored for the task.</summary>
    Forget,

    /// <summary>The worker has nothing more to do with the task.</summary>
    End,
}

/// <summary>Everything that decides what happens next to an owned task.</summary>
/// <param name="Phase">What people see.</param>
/// <param name="Goal">Where it is to go.</param>
/// <param name="EngineRuns">Whether the engine has been started and not yet ended.</param>
/// <param name="Attempt">Failed attempts since the last progress.</param>
/// <param name="Fault">The last fault that still matters.</param>
public sealed record TaskCondition(TaskPhase Phase, TaskGoal Goal, bool EngineRuns = false, int Attempt = 0, Fault? Fault = null);

/// <summary>Where an event leads, and what has to be done for it, in order.</summary>
public sealed record Transition(TaskCondition Next, IReadOnlyList<TaskAction> Actions);
