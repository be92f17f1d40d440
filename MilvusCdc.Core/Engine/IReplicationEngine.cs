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

    /// <summary>Removes what the engine has stored for the task: checkpoint and id mappings.</summary>
    Task ForgetAsync(string taskId, CancellationToken cancellation);
}

/// <summary>The etcd key that proves that this worker owns the task. Every checkpoint is written only while <paramref name="OwnerKey"/> still has <paramref name="CreateRevision"/>.</summary>
public sealed record TaskOwnership(string OwnerKey, long CreateRevision);

/// <summary>The engine stopped for a reason that retrying does not heal.</summary>
/// <param name="phase">Blocked, GapDetected or Failed.</param>
/// <param name="reason">One sentence: what, where, and what a person can do.</param>
/// <param name="inner">What was met.</param>
public sealed class ReplicationStoppedException(TaskPhase phase, string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Blocked, GapDetected or Failed.</summary>
    public TaskPhase Phase => phase;
}
