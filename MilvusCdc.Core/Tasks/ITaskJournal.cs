namespace MilvusCdc.Core.Tasks;

/// <summary>What a running task writes into the store. Every method may throw what its store throws; the runner tries again.</summary>
public interface ITaskJournal
{
    /// <summary>Stores what the task has reached.</summary>
    Task RecordStateAsync(string taskId, TaskState state, CancellationToken cancellation);

    /// <summary>Removes the task: its record, its status and its owner, after the engine has forgotten it.</summary>
    Task RemoveAsync(string taskId, CancellationToken cancellation);
}
