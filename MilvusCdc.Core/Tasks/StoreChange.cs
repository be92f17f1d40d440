namespace MilvusCdc.Core.Tasks;

/// <summary>What changed in the meta store, as a worker needs to know it.</summary>
public abstract record StoreChange
{
    private StoreChange()
    {
    }

    /// <summary>A task was created or changed.</summary>
    public sealed record TaskStored(TaskRecord Record) : StoreChange;

    /// <summary>A task was removed at this revision.</summary>
    public sealed record TaskGone(string TaskId, long Revision) : StoreChange;

    /// <summary>A task lost its owner at this revision: it may be claimed.</summary>
    public sealed record OwnerGone(string TaskId, long Revision) : StoreChange;

    /// <summary>No worker has a target any more: its tasks may be claimed.</summary>
    public sealed record TargetGone : StoreChange;

    /// <summary>A person wants a worker to run nothing (true), or again to take tasks (false).</summary>
    public sealed record DrainChanged(string Worker, bool Drains) : StoreChange;
}
