using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Engine;

/// <summary>Runs one task from its checkpoint (or its start) until it is told to stop.</summary>
public interface IReplicationEngine
{
    /// <summary>
    /// Returns after a clean stop: everything up to the checkpoint is on the target. Throws <see cref="ReplicationStoppedException"/> when a person must decide
    /// (policy, bad message, gap, a target that refuses); any other exception is a fault that <c>Resilience</c> classifies.
    /// </summary>
    Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop);

    /// <summary>
    /// Keeps the target queryable while the task stands still: where its last run ended at a cut, its pchannels get ticks of the source's present time. Returns when it is told to stop;
    /// faults are tried again for as long as that.
    /// </summary>
    Task StandAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop);

    /// <summary>Removes what the engine has stored for the task: checkpoint and id mappings.</summary>
    Task ForgetAsync(string taskId, CancellationToken cancellation);
}

/// <summary>The etcd key that proves that this worker owns the task. Every checkpoint is written only while <paramref name="OwnerKey"/> still has <paramref name="CreateRevision"/>.</summary>
public sealed record TaskOwnership(string OwnerKey, long CreateRevision)
{
    /// <summary>How long the proof is certainly still good, by this process's own clock. Asked right before each write to the target, which has no fence of its own.</summary>
    public Func<TimeSpan> Remaining { get; init; } = static () => TimeSpan.MaxValue;

    /// <summary>Throws <see cref="OwnershipLostException"/> when the task may belong to another worker.</summary>
    public void Check(string task)
    {
        if (Remaining() <= TimeSpan.Zero)
        {
            throw new OwnershipLostException(task);
        }
    }
}

/// <summary>The engine stopped for a reason that retrying does not heal.</summary>
/// <param name="phase">Blocked, GapDetected or Failed.</param>
/// <param name="reason">One sentence: what, where, and what a person can do.</param>
/// <param name="inner">What was met.</param>
public sealed class ReplicationStoppedException(TaskPhase phase, string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Blocked, GapDetected or Failed.</summary>
    public TaskPhase Phase => phase;
}
