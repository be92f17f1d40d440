using MilvusCdc.Api.Security;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Who did what.</summary>
internal static class OperationEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/operations", ListAsync).Describe("listOperations", "Operations log", ApiRole.Reader).Answers<OperationList>(200)
            .Query("task", "Only what concerned this task.").Query("who", "Only what the holder of this token did.").Query("action", "Only this action, such as task.pause.")
            .Query("result", "Only what ended so: Done, Refused, Failed.").Paged();
        v1.MapGet("/operations/{id}", FindAsync).Describe("getOperation", "Operations log", ApiRole.Reader).Answers<OperationRecord>(200).Fails(404);
        v1.MapGet("/tasks/{id}/notes", NotesAsync).Describe("listNotes", "Operations log", ApiRole.Reader).Answers<NoteList>(200).Fails(404);
    }

    /// <summary>What people did through this API and the compatible one, the newest first.</summary>
    public static async Task<IResult> ListAsync(HttpContext http, OperationsLog operations, CancellationToken cancellation)
    {
        V1Query query = new(http);
        OperationFilter filter = new(query.Text("task"), query.Text("who"), query.Text("action"), query.Choice<OperationResult>("result"));
        int limit = query.Limit();
        string? after = query.Cursor();
        query.ThrowIfWrong();
        IReadOnlyList<OperationRecord> found = await operations.ListAsync(filter, after, limit + 1, cancellation);
        return Results.Ok(new OperationList([.. found.Take(limit)], found.Count > limit ? V1Query.Next(found[limit - 1].Id) : null));
    }

    /// <summary>One operation.</summary>
    public static async Task<IResult> FindAsync(string id, HttpContext http, OperationsLog operations, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        return await operations.FindAsync(id, cancellation) is { } found ? Results.Ok(found) : throw Problems.Refuse(ProblemCode.OperationUnknown, $"The log has no operation '{BodyFields.Shown(id)}'; it keeps the newest {OperationsLog.Kept}.");
    }

    /// <summary>What was done to a task's checkpoint and dead letters by hand, with the reasons that were given; kept as long as the task.</summary>
    public static async Task<IResult> NotesAsync(string id, HttpContext http, TaskStore store, AuditTrail trail, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        TaskRecord record = await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation);
        return Results.Ok(new NoteList(await trail.ListAsync(record.Definition.Id, cancellation)));
    }
}
