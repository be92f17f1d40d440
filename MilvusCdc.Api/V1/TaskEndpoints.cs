using Microsoft.Extensions.Primitives;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary><c>/api/v1/tasks</c>.</summary>
internal static class TaskEndpoints
{
    private const int StandardLimit = V1Query.MostLimit;
    private const string PausedByHand = "paused by hand";

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/tasks", ListAsync).Describe("listTasks", "Tasks", ApiRole.Reader).Answers<TaskList>(200).Fails(400)
            .Query("state", "Only tasks of this state: Initial, Running, Paused.").Query("phase", "Only tasks of this phase, such as Streaming or Blocked.")
            .Query("target", "Only tasks with this target address.").Query("q", "Only tasks whose id, target or collections have this text.").Paged();
        v1.MapPost("/tasks", CreateAsync).Describe("createTask", "Tasks", ApiRole.Operator, "task.create").Takes<CreateTaskBody>().Answers<TaskResource>(201).Answers<TaskResource>(200)
            .Fails(400, 409, 413, 415, 422).Query("skipPlan", "true creates the task although nobody looked at source and target.", "boolean");
        v1.MapGet("/tasks/{id}", FindAsync).Describe("getTask", "Tasks", ApiRole.Reader).Answers<TaskResource>(200).Fails(404);
        v1.MapPatch("/tasks/{id}", PatchAsync).Describe("changeTask", "Tasks", ApiRole.Operator, "task.change").Takes<PatchTaskBody>().Answers<TaskResource>(200).Fails(400, 404, 409, 412, 413, 415, 422).Conditional();
        v1.MapDelete("/tasks/{id}", DeleteAsync).Describe("deleteTask", "Tasks", ApiRole.Operator, "task.delete").Answers<TaskResource>(202).Fails(404, 412).Conditional();
        v1.MapPost("/tasks/{id}/pause", PauseAsync).Describe("pauseTask", "Tasks", ApiRole.Operator, "task.pause").Takes<PauseBody>(optional: true).Answers<TaskResource>(200).Fails(400, 404, 409, 412, 413, 415).Conditional();
        v1.MapPost("/tasks/{id}/resume", ResumeAsync).Describe("resumeTask", "Tasks", ApiRole.Operator, "task.resume").Answers<TaskResource>(200).Fails(404, 409, 412).Conditional();
        v1.MapPost("/tasks/{id}/retry-now", RetryAsync).Describe("retryTask", "Tasks", ApiRole.Operator, "task.retry-now").Answers<TaskResource>(200).Fails(404, 409, 412).Conditional();
    }

    /// <summary>Lists tasks with what they are doing now.</summary>
    public static async Task<IResult> ListAsync(HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        V1Query query = new(http);
        TaskState? state = query.Choice<TaskState>("state");
        TaskPhase? phase = query.Choice<TaskPhase>("phase");
        string? target = query.Text("target");
        string? text = query.Text("q");
        int limit = http.Request.Query.ContainsKey("limit") ? query.Limit() : StandardLimit;
        string? after = query.Cursor();
        query.Text("limit");
        query.ThrowIfWrong();

        TaskListing listing = await store.ListAsync(cancellation);
        IReadOnlyDictionary<string, TaskReport> statuses = await store.ListStatusesAsync(cancellation);
        List<TaskResource> tasks =
        [
            .. listing.Tasks.SkipWhile(task => after is not null && Order(task.Definition.Id, after) <= 0)
                .Select(task => new TaskResource(task, statuses.GetValueOrDefault(task.Definition.Id)))
                .Where(task => (state is null || task.State == state) && (phase is null || task.Phase == phase)
                    && (target is null || string.Equals(task.Target, target.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)) && (text is null || V1Query.Mentions(task, text)))
                .Take(limit + 1),
        ];
        string? next = tasks.Count > limit ? V1Query.Next(tasks[limit - 1].Id) : null;
        return Results.Ok(new TaskList([.. tasks.Take(limit)], next, listing.Unreadable.Count == 0 ? null : listing.Unreadable));
    }

    /// <summary>Creates a task. It is planned first, and refused when the plan has errors.</summary>
    public static async Task<IResult> CreateAsync(HttpContext http, TaskAdmission admission, TaskStore store, CancellationToken cancellation)
    {
        V1Query query = new(http);
        bool skipPlan = query.Flag("skipPlan");
        query.ThrowIfWrong();
        WantedTask wanted = TaskBody.Read(await BodyReader.ReadAsync(http, BodyReader.Standard, optional: false, cancellation));
        Audit.Concerns(http, task: wanted.Definition.Id);
        (TaskRecord record, bool isNew) = await admission.AdmitAsync(wanted, skipPlan, cancellation);
        TaskResource task = new(record, isNew ? null : await store.FindStatusAsync(record.Definition.Id, cancellation));
        http.Response.Headers.ETag = task.ETag;
        return isNew ? Results.Created($"/api/v1/tasks/{Uri.EscapeDataString(task.Id)}", task) : Results.Ok(task);
    }

    /// <summary>One task with what it is doing now.</summary>
    public static async Task<IResult> FindAsync(string id, HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        TaskRecord record = await RecordAsync(store, V1Query.Id(id), cancellation);
        return await ShowAsync(http, store, record, cancellation);
    }

    /// <summary>Changes the login, deadline, TLS settings, policies or automatic start of a task. It begins anew with them, at its checkpoint.</summary>
    public static async Task<IResult> PatchAsync(string id, HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        BodyFields body = await BodyReader.ReadAsync(http, BodyReader.Standard, optional: false, cancellation);
        return await ChangeAsync(V1Query.Id(id), http, store, task =>
        {
            Alive(task);
            TaskDefinition changed = TaskPatch.Apply(BodyFields.Of(body.Element), task.Definition);

            // As if no worker had seen it: a task without automatic start must not be taken for a restarted one.
            return task with { Definition = changed, Edits = task.Edits + 1, State = task.Intent is TaskIntent.Run ? TaskState.Initial : task.State };
        }, cancellation);
    }

    /// <summary>Deletes a task: it is stopped at a cut and forgotten. The target keeps its data. The answer comes before that is done.</summary>
    public static async Task<IResult> DeleteAsync(string id, HttpContext http, TaskStore store, TimeProvider time, CancellationToken cancellation)
    {
        TaskRecord record = await DoAsync(
            V1Query.Id(id), http, store, task => task.Intent is TaskIntent.Delete ? null : task with { Intent = TaskIntent.Delete, Since = time.GetUtcNow() }, cancellation);
        string target = record.Definition.Target.Address.Authority;
        string[] others =
        [
            .. (await store.ListAsync(cancellation)).Tasks
                .Where(other => other.Intent is not TaskIntent.Delete && string.Equals(other.Definition.Target.Address.Authority, target, StringComparison.OrdinalIgnoreCase))
                .Select(static other => other.Definition.Id),
        ];
        TaskResource deleted = new(record, await store.FindStatusAsync(record.Definition.Id, cancellation)) { HandOver = HandOver.Text(record.Definition, others) };
        return Results.Json(deleted, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>Pauses a task at a cut. A task that is paused stays so.</summary>
    public static async Task<IResult> PauseAsync(string id, HttpContext http, TaskStore store, TimeProvider time, CancellationToken cancellation)
    {
        BodyFields body = await BodyReader.ReadAsync(http, BodyReader.Standard, optional: true, cancellation);
        string? reason = body.Text("reason", 1_000);
        body.NothingElse();
        body.ThrowIfWrong();
        return await ChangeAsync(V1Query.Id(id), http, store, task =>
        {
            Alive(task);
            return task.Intent is TaskIntent.Pause ? null : task with { Intent = TaskIntent.Pause, Reason = reason ?? PausedByHand, Since = time.GetUtcNow() };
        }, cancellation);
    }

    /// <summary>Lets a paused task run on; at a fault it tries again at once. A task that runs stays so.</summary>
    public static async Task<IResult> ResumeAsync(string id, HttpContext http, TaskStore store, TimeProvider time, CancellationToken cancellation)
    {
        bool atFault = await store.FindStatusAsync(V1Query.Id(id), cancellation) is { } status && AtFault(status);
        return await ChangeAsync(V1Query.Id(id), http, store, task =>
        {
            Alive(task);
            return task.Intent is TaskIntent.Pause || atFault
                ? task with { Intent = TaskIntent.Run, Reason = null, Since = time.GetUtcNow(), Resumes = task.Resumes + 1 }
                : null;
        }, cancellation);
    }

    /// <summary>Makes a task at a fault try again at once, instead of at its next attempt.</summary>
    public static async Task<IResult> RetryAsync(string id, HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        TaskReport? status = await store.FindStatusAsync(V1Query.Id(id), cancellation);
        return await ChangeAsync(V1Query.Id(id), http, store, task =>
        {
            Alive(task);
            return task.Intent is TaskIntent.Pause ? throw Problems.Refuse(ProblemCode.TaskState, $"The task '{task.Definition.Id}' is paused; resume it.")
                : status is null ? throw Problems.Refuse(ProblemCode.TaskState, $"No worker runs the task '{task.Definition.Id}'; the next one that is free takes it at once.")
                : !AtFault(status) ? throw Problems.Refuse(ProblemCode.TaskState, $"The task '{task.Definition.Id}' is in phase {status.Phase}; there is nothing to try again.")
                : task with { Resumes = task.Resumes + 1 };
        }, cancellation);
    }

    /// <summary>A task's record. Throws the problem when there is none.</summary>
    internal static async Task<TaskRecord> RecordAsync(TaskStore store, string id, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) ?? throw Problems.NoTask(id);

    private static async Task<IResult> ChangeAsync(string id, HttpContext http, TaskStore store, Func<TaskRecord, TaskRecord?> change, CancellationToken cancellation) =>
        await ShowAsync(http, store, await DoAsync(id, http, store, change, cancellation), cancellation);

    private static async Task<IResult> ShowAsync(HttpContext http, TaskStore store, TaskRecord record, CancellationToken cancellation)
    {
        TaskResource task = new(record, await store.FindStatusAsync(record.Definition.Id, cancellation));
        http.Response.Headers.ETag = task.ETag;
        return Results.Ok(task);
    }

    // Gives the record as it is then, whether the change was needed or not.
    private static async Task<TaskRecord> DoAsync(string id, HttpContext http, TaskStore store, Func<TaskRecord, TaskRecord?> change, CancellationToken cancellation)
    {
        Audit.Concerns(http, task: id);
        new V1Query(http).ThrowIfWrong();
        TaskRecord? seen = null;
        TaskRecord? changed = await store.UpdateAsync(
            id,
            task =>
            {
                seen = task;
                CheckTag(http, task);
                return change(task);
            },
            cancellation);
        return changed ?? seen ?? throw Problems.NoTask(id);
    }

    private static void CheckTag(HttpContext http, TaskRecord task)
    {
        StringValues wanted = http.Request.Headers.IfMatch;
        if (wanted.Count == 0)
        {
            return;
        }

        string tag = TaskResource.TagOf(task);
        if (!wanted.ToString().Split(',', StringSplitOptions.TrimEntries).Any(one => one == "*" || one == tag))
        {
            throw Problems.Refuse(ProblemCode.Changed, $"The task '{task.Definition.Id}' has the tag {tag}, not {wanted}: somebody changed it. Read it again.");
        }
    }

    private static void Alive(TaskRecord task)
    {
        if (task.Intent is TaskIntent.Delete)
        {
            throw Problems.Refuse(ProblemCode.TaskBeingDeleted, $"The task '{task.Definition.Id}' is being deleted.");
        }
    }

    private static bool AtFault(TaskReport status) => status.Phase is TaskPhase.Retrying or TaskPhase.GapDetected or TaskPhase.Blocked or TaskPhase.Failed;

    private static int Order(string left, string right) => System.Text.Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(right));
}
