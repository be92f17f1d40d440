using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Dead letters: messages that the target refused and the task has set aside.</summary>
internal static class LetterEndpoints
{
    private const string Path = "/tasks/{id}/dead-letters";

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet(Path, ListAsync).Describe("listDeadLetters", "Dead letters", ApiRole.Reader).Answers<LetterList>(200).Fails(404).Paged();
        v1.MapGet(Path + "/{letter}", FindAsync).Describe("getDeadLetter", "Dead letters", ApiRole.Reader).Answers<DeadLetter>(200).Fails(404);
        v1.MapGet(Path + "/{letter}/bytes", BytesAsync).Describe("getDeadLetterBytes", "Dead letters", ApiRole.Operator).Fails(404).Produces(200, contentType: "application/octet-stream");
        v1.MapPost(Path + "/{letter}/replay", ReplayAsync).Describe("replayDeadLetter", "Dead letters", ApiRole.Operator, "letter.replay").Takes<ReplayBody>(optional: true).Answers<DeadLetter>(202).Fails(400, 404, 409, 413, 415);
        v1.MapPost(Path + "/{letter}/skip", SkipAsync).Describe("skipDeadLetter", "Dead letters", ApiRole.Operator, "letter.skip").Takes<SkipBody>(optional: true).Fails(400, 404, 409, 413, 415).Produces(204);
        v1.MapPost(Path + "/{letter}/permit", PermitAsync).Describe("permitDeadLetter", "Dead letters", ApiRole.Operator, "letter.permit").Fails(404, 409).Produces(204);
    }

    /// <summary>The dead letters of a task, in the order of the log, and the message that blocks it.</summary>
    public static async Task<IResult> ListAsync(string id, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        V1Query query = new(http);
        int limit = query.Limit();
        string? after = query.Cursor();
        query.ThrowIfWrong();
        string task = (await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation)).Definition.Id;
        DeadLetterPage page = await letters.ListAsync(task, limit, after, cancellation);
        return Results.Ok(new LetterList(page.Letters, V1Query.Next(page.Next), await letters.SummaryAsync(task, cancellation)));
    }

    /// <summary>One dead letter: where it came from and why it was refused.</summary>
    public static async Task<IResult> FindAsync(string id, string letter, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        string task = (await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation)).Definition.Id;
        return await letters.GetAsync(task, V1Query.Id(letter), cancellation) is { } found ? Results.Ok(found) : throw Unknown(task, letter);
    }

    /// <summary>The bytes of a dead letter, as the source wrote them. They hold rows, so only operators may see them.</summary>
    public static async Task<IResult> BytesAsync(string id, string letter, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        string task = (await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation)).Definition.Id;
        return await letters.GetBytesAsync(task, V1Query.Id(letter), cancellation) is { } bytes ? Results.Bytes(bytes, "application/octet-stream") : throw Unknown(task, letter);
    }

    /// <summary>Sends a dead letter again, at the task's next safe moment. Rows that the source has deleted since are left out.</summary>
    public static async Task<IResult> ReplayAsync(string id, string letter, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        BodyFields body = await BodyReader.ReadAsync(http, BodyReader.Standard, optional: true, cancellation);
        bool blindly = body.Flag("unchecked") ?? false;
        body.NothingElse();
        body.ThrowIfWrong();
        string task = await ConcernedAsync(id, letter, http, store, cancellation);
        await letters.RequestReplayAsync(task, V1Query.Id(letter), Caller.Of(http).Name, blindly, cancellation);

        // A running task may have sent it already.
        DeadLetter? found = await letters.GetAsync(task, V1Query.Id(letter), cancellation);
        return found is null ? Results.StatusCode(StatusCodes.Status202Accepted) : Results.Json(found, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>Gives a dead letter up: it is deleted, and its rows stay away from the target.</summary>
    public static async Task<IResult> SkipAsync(string id, string letter, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        BodyFields body = await BodyReader.ReadAsync(http, BodyReader.Standard, optional: true, cancellation);
        string? note = body.Text("note", 1_000);
        body.NothingElse();
        body.ThrowIfWrong();
        string task = await ConcernedAsync(id, letter, http, store, cancellation);
        await letters.SkipAsync(task, V1Query.Id(letter), Caller.Of(http).Name, note, cancellation);
        return Results.NoContent();
    }

    /// <summary>Permits that the one message at which the task is blocked is set aside as a dead letter; it takes effect when the task is resumed.</summary>
    public static async Task<IResult> PermitAsync(string id, string letter, HttpContext http, TaskStore store, DeadLetterStore letters, CancellationToken cancellation)
    {
        string task = await ConcernedAsync(id, letter, http, store, cancellation);
        await letters.PermitAsync(task, V1Query.Id(letter), Caller.Of(http).Name, cancellation);
        return Results.NoContent();
    }

    private static async Task<string> ConcernedAsync(string id, string letter, HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        Audit.Concerns(http, task: V1Query.Id(id), subject: V1Query.Id(letter));
        new V1Query(http).ThrowIfWrong();
        return (await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation)).Definition.Id;
    }

    private static V1Exception Unknown(string task, string letter) => Problems.Refuse(ProblemCode.LetterUnknown, $"The task '{task}' has no dead letter '{BodyFields.Shown(V1Query.Id(letter))}'.");
}
