namespace MilvusCdc.Api.V1;

/// <summary>What can be wrong, by a word that stays the same for ever: programs go by it, people by the sentence beside it.</summary>
/// <param name="Code">The word.</param>
/// <param name="Status">The HTTP status it comes with.</param>
/// <param name="Title">What it means, the same each time.</param>
internal sealed record ProblemCode(string Code, int Status, string Title)
{
    public static readonly ProblemCode BodyNotJson = new("body.not_json", 400, "The body is not JSON");
    public static readonly ProblemCode BodyInvalid = new("body.invalid", 400, "The body has members that cannot be used");
    public static readonly ProblemCode QueryInvalid = new("query.invalid", 400, "The query has parameters that cannot be used");
    public static readonly ProblemCode TokenMissing = new("token.missing", 401, "A token is needed");
    public static readonly ProblemCode TokenWrong = new("token.wrong", 401, "The token is not accepted");
    public static readonly ProblemCode RoleMissing = new("role.missing", 403, "The token's role does not allow this");
    public static readonly ProblemCode OriginRefused = new("origin.refused", 403, "Pages of other sites may not call this API");
    public static readonly ProblemCode RemoteRefused = new("remote.refused", 403, "Without tokens the API serves this machine only");
    public static readonly ProblemCode RouteUnknown = new("route.unknown", 404, "There is nothing here");
    public static readonly ProblemCode TaskUnknown = new("task.unknown", 404, "There is no such task");
    public static readonly ProblemCode OperationUnknown = new("operation.unknown", 404, "There is no such operation in the log");
    public static readonly ProblemCode WorkerUnknown = new("worker.unknown", 404, "There is no such worker");
    public static readonly ProblemCode LetterUnknown = new("letter.unknown", 404, "There is no such dead letter");
    public static readonly ProblemCode CheckpointUnknown = new("checkpoint.unknown", 404, "There is no such checkpoint");
    public static readonly ProblemCode MethodUnknown = new("method.unknown", 405, "This method is not served here");
    public static readonly ProblemCode TaskExists = new("task.exists", 409, "There is another task of this id");
    public static readonly ProblemCode TaskOverlaps = new("task.overlaps", 409, "Another task replicates the same to the same target");
    public static readonly ProblemCode TaskLimit = new("task.limit", 409, "There are as many tasks as may be");
    public static readonly ProblemCode TaskBeingDeleted = new("task.being_deleted", 409, "The task is being deleted");
    public static readonly ProblemCode TaskState = new("task.state", 409, "The task's state does not allow this");
    public static readonly ProblemCode LetterState = new("letter.state", 409, "The dead letter's state does not allow this");
    public static readonly ProblemCode CheckpointState = new("checkpoint.state", 409, "The checkpoint cannot be changed now");
    public static readonly ProblemCode Changed = new("task.changed", 412, "The task is not as the request takes it to be");
    public static readonly ProblemCode BodyTooLarge = new("body.too_large", 413, "The body is too large");
    public static readonly ProblemCode BodyType = new("body.type", 415, "The body must be JSON");
    public static readonly ProblemCode PlanRefused = new("plan.refused", 422, "The plan has errors, so the task is not created");
    public static readonly ProblemCode TaskImmutable = new("task.immutable", 422, "This part of a task never changes");
    public static readonly ProblemCode CheckpointInvalid = new("checkpoint.invalid", 422, "The checkpoint cannot be used");
    public static readonly ProblemCode ConfirmationMissing = new("confirmation.missing", 422, "This must be confirmed");
    public static readonly ProblemCode Busy = new("api.busy", 429, "Too many at a time");
    public static readonly ProblemCode Unexpected = new("api.unexpected", 500, "The server met something it does not know");
    public static readonly ProblemCode StoreUnavailable = new("store.unavailable", 503, "The meta store cannot be used now");
    public static readonly ProblemCode RecordUnreadable = new("store.unreadable", 500, "What is stored cannot be read");

    /// <summary>All of them, for the description of the API.</summary>
    public static IReadOnlyList<ProblemCode> All { get; } =
        [.. typeof(ProblemCode).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static).Select(static field => field.GetValue(null)).OfType<ProblemCode>()];
}
