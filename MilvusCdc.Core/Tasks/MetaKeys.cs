namespace MilvusCdc.Core.Tasks;

/// <summary>
/// The keys of the meta store. Under the root (default <c>cdc</c>):
/// <c>tasks/ID</c> the record, <c>owners/ID</c> the worker that runs it (with the worker's lease), <c>status/ID</c> what it is doing (with the worker's lease),
/// <c>targets/ADDRESS</c> the worker that runs all tasks of a target (with its lease), <c>checkpoints/ID</c> the engine's checkpoint,
/// <c>cuts/ID</c> whether rows beyond the checkpoint may be on the way,
/// <c>guards/tasks</c> changed with every creation, so that two processes cannot accept contradicting tasks at once, <c>workers/NAME</c> the workers there are (with their leases),
/// <c>drains/NAME</c> the workers that shall run nothing, <c>operations/ID</c> who did what, newest first. A task with many keys has a folder of its own, in which
/// a slash in its id is written <c>%2F</c>: the folder of task <c>a</c> must not hold what belongs to task <c>a/b</c>. Elsewhere ids are taken literally.
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

    /// <summary>The prefix of all worker keys.</summary>
    public string Workers => $"{root}/workers/";

    /// <summary>The prefix of the keys that tell workers to run nothing.</summary>
    public string Drains => $"{root}/drains/";

    /// <summary>The prefix of the operations log.</summary>
    public string Operations => $"{root}/operations/";

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
    public string Mappings(string id) => $"{root}/mappings/{Folder(id)}/";

    /// <summary>Whether rows beyond the checkpoint may be on the way (<see cref="Checkpoints.Cut"/>).</summary>
    public string Cut(string id) => $"{root}/cuts/{id}";

    /// <summary>The checkpoint of a task, written by the engine (<see cref="Checkpoints.Checkpoint"/>).</summary>
    public string Checkpoint(string id) => $"{root}/checkpoints/{id}";

    /// <summary>Dead letters of a task, a key a letter.</summary>
    public string Letters(string id) => $"{root}/letters/{Folder(id)}/";

    /// <summary>The bytes of dead letters, in chunks that etcd takes.</summary>
    public string LetterBytes(string id) => $"{root}/letter-bytes/{Folder(id)}/";

    /// <summary>Single messages that a person allows to be set aside.</summary>
    public string LetterPermits(string id) => $"{root}/letter-permits/{Folder(id)}/";

    /// <summary>Messages that are sent in parts until the frontier has passed them.</summary>
    public string LetterCuts(string id) => $"{root}/letter-cuts/{Folder(id)}/";

    /// <summary>Written whenever a person wants letters to be sent again.</summary>
    public string LetterWish(string id) => $"{root}/letter-wishes/{Folder(id)}";

    /// <summary>The message that blocks a task.</summary>
    public string BlockingMessage(string id) => $"{root}/letter-blocks/{Folder(id)}";

    /// <summary>What people have done to a task by hand, a key a note, in order of time.</summary>
    public string Audit(string id) => $"{root}/audit/{Folder(id)}/";

    private static string Folder(string id) => id.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);
}
