namespace MilvusCdc.Core.Tasks;

/// <summary>
/// The keys of the meta store. Under the root (default <c>cdc</c>):
/// <c>tasks/ID</c> the record, <c>owners/ID</c> the worker that runs it (with the worker's lease), <c>status/ID</c> what it is doing (with the worker's lease),
/// <c>targets/ADDRESS</c> the worker that runs all tasks of a target (with its lease), <c>checkpoints/ID</c> the engine's checkpoint,
/// <c>cuts/ID</c> whether rows beyond the checkpoint may be on the way,
/// <c>guards/tasks</c> changed with every creation, so that two processes cannot accept contradicting tasks at once. Ids are taken literally: etcd keys are flat.
/// </summary>
public sealed class MetaKeys(string root)
{
    /// <summary>The prefix of all task records.</summary>
    public string Tasks => $"{root}/tasks/";

    /// <summary>The prefix of all owner keys.</summary>
    public string Owners => $"{root}/owners/";

    /// <summary>The prefix of all status keys.</summary>
    public string Statuses => $"{root}/status/";

    /// <summary>The prefix of all target keys.</summary>
    public string Targets => $"{root}/targets/";

    /// <summary>Changed by every creation of a task.</summary>
    public string CreationGuard => $"{root}/guards/tasks";

    /// <summary>The record of a task.</summary>
    public string Task(string id) => Tasks + id;

    /// <summary>The owner of a task; its create revision is the fencing token.</summary>
    public string Owner(string id) => Owners + id;

    /// <summary>The status of a task.</summary>
    public string Status(string id) => Statuses + id;

    /// <summary>The worker that has all tasks of a target.</summary>
    public string Target(TargetEndpoint target) => Targets + target.Address.Authority.ToLowerInvariant();

    /// <summary>What each source collection is on the target, a key a collection, written by the engine.</summary>
    public string Mappings(string id) => $"{root}/mappings/{id}/";

    /// <summary>Whether rows beyond the checkpoint may be on the way (<see cref="Checkpoints.Cut"/>).</summary>
    public string Cut(string id) => $"{root}/cuts/{id}";

    /// <summary>The checkpoint of a task, written by the engine (<see cref="Checkpoints.Checkpoint"/>).</summary>
    public string Checkpoint(string id) => $"{root}/checkpoints/{id}";
}
