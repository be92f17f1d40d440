namespace MilvusCdc.Core.Tasks;

/// <summary>What a client of the compatible API sees. The numbers are the Go tool's.</summary>
public enum TaskState
{
    /// <summary>Accepted, not yet taken by a worker.</summary>
    Initial = 0,

    /// <summary>Replicating, or trying to.</summary>
    Running = 1,

    /// <summary>Stopped by a person.</summary>
    Paused = 2,
}

/// <summary>What the task is really doing.</summary>
public enum TaskPhase
{
    /// <summary>Connecting, reconciling the target with the catalog.</summary>
    Starting,

    /// <summary>Changes flow.</summary>
    Streaming,

    /// <summary>A fault came; the next attempt is scheduled.</summary>
    Retrying,

    /// <summary>The log no longer has what comes next.</summary>
    GapDetected,

    /// <summary>A policy or a bad message stops it until a person decides.</summary>
    Blocked,

    /// <summary>Stopping at a cut.</summary>
    Draining,

    /// <summary>Stopped by a person.</summary>
    Paused,

    /// <summary>Cannot go on: a contradiction that no retry heals.</summary>
    Failed,
}
