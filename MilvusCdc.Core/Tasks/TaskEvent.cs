using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Tasks;

/// <summary>What can happen to a task that a worker owns.</summary>
public abstract record TaskEvent
{
    private TaskEvent()
    {
    }

    /// <summary>The frontier moved.</summary>
    public sealed record Progressed : TaskEvent;

    /// <summary>The engine returned.</summary>
    public sealed record EngineEnded : TaskEvent;

    /// <summary>The engine threw.</summary>
    public sealed record Faulted(Fault Fault) : TaskEvent;

    /// <summary>The scheduled delay is over.</summary>
    public sealed record RetryDue : TaskEvent;

    /// <summary>A person wants the task to stand still.</summary>
    public sealed record PauseRequested : TaskEvent;

    /// <summary>A person wants the task to run; at a fault: to try again now.</summary>
    public sealed record ResumeRequested : TaskEvent;

    /// <summary>A person wants the task gone.</summary>
    public sealed record DeleteRequested : TaskEvent;

    /// <summary>The worker gives the task up in order: it ends.</summary>
    public sealed record ReleaseRequested : TaskEvent;

    /// <summary>The worker no longer owns the task: another may be running it already.</summary>
    public sealed record OwnershipLost : TaskEvent;

    /// <summary>Everything that was stored for the task is removed.</summary>
    public sealed record Forgotten : TaskEvent;

    /// <summary>Removing failed.</summary>
    public sealed record ForgetFailed(Fault Fault) : TaskEvent;
}
