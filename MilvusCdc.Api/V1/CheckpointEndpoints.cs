using System.Globalization;
using System.Text.Json.Nodes;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.V1;

/// <summary>Checkpoints: look, take out, put in, set by hand.</summary>
internal static class CheckpointEndpoints
{
    private const string Path = "/tasks/{id}/checkpoint";

    public static void Map(RouteGroupBuilder v1)
    {
        v1.MapGet(Path, FindAsync).Describe("getCheckpoint", "Checkpoints", ApiRole.Reader).Answers<JsonObject>(200).Fails(404, 409, 422);
        v1.MapGet(Path + "/export", ExportAsync).Describe("exportCheckpoint", "Checkpoints", ApiRole.Reader).Answers<JsonObject>(200).Fails(404, 409, 422);
        v1.MapPost(Path + "/import", ImportAsync).Describe("importCheckpoint", "Checkpoints", ApiRole.Operator, "checkpoint.import").Takes<JsonObject>().Answers<JsonObject>(200).Fails(400, 404, 409, 413, 415, 422)
            .Query("confirm", "The task's id once more.").Query("accept", "What it may do to the target: skipped, repeated, or both with a comma.").Query("note", "Why.");
        v1.MapPatch(Path, SetAsync).Describe("setCheckpoint", "Checkpoints", ApiRole.Operator, "checkpoint.set").Takes<SetCheckpointBody>().Answers<JsonObject>(200).Fails(400, 404, 409, 413, 415, 422);
    }

    /// <summary>The checkpoint of a task: its frontier and the positions to go on from.</summary>
    public static async Task<IResult> FindAsync(string id, HttpContext http, CheckpointTransfer checkpoints, TaskStore store, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        await TaskEndpoints.RecordAsync(store, V1Query.Id(id), cancellation);
        return Results.Ok(await checkpoints.ExportAsync(V1Query.Id(id), cancellation));
    }

    /// <summary>The same as a file to keep, or to import elsewhere.</summary>
    public static async Task<IResult> ExportAsync(string id, HttpContext http, CheckpointTransfer checkpoints, TaskStore store, CancellationToken cancellation)
    {
        IResult answer = await FindAsync(id, http, checkpoints, store, cancellation);
        string name = new([.. V1Query.Id(id).Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '_').Take(100)]);
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"checkpoint-{name}.json\"";
        return answer;
    }

    /// <summary>Makes a paused task go on from an exported checkpoint, its own or another task's of the same source. Must be confirmed with the task's id.</summary>
    public static async Task<IResult> ImportAsync(string id, HttpContext http, CheckpointTransfer checkpoints, TaskStore store, CancellationToken cancellation)
    {
        V1Query query = new(http);
        string? confirm = query.Text("confirm");
        string? accept = query.Text("accept");
        string? note = query.Text("note");
        query.ThrowIfWrong();
        string document = await BodyReader.TextAsync(http, BodyReader.Large, cancellation);
        string task = await ConfirmedAsync(id, confirm, http, store, cancellation);
        CheckpointRisks risks = Risks((accept ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), "accept", ProblemCode.QueryInvalid);
        return Results.Ok(await checkpoints.ImportAsync(task, document, risks, Caller.Of(http).Name, note, cancellation));
    }

    /// <summary>Sets parts of a paused task's checkpoint by hand. Must be confirmed with the task's id; what could lose or double rows must be accepted by name.</summary>
    public static async Task<IResult> SetAsync(string id, HttpContext http, CheckpointTransfer checkpoints, TaskStore store, CancellationToken cancellation)
    {
        new V1Query(http).ThrowIfWrong();
        BodyFields body = await BodyReader.ReadAsync(http, BodyReader.Large, optional: false, cancellation);
        string? confirm = body.Text("confirm", TaskValidator.LongestId);
        ulong? frontier = null;
        if (body.Text("frontier", 20) is { } text)
        {
            frontier = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong timestamp) ? timestamp : null;
            if (frontier is null)
            {
                body.Wrong("frontier", "format", $"is '{text}'; allowed is a Milvus timestamp as text, for example \"449510341443534849\"");
            }
        }

        CheckpointEdit edit = new() { Frontier = frontier, Positions = body.Map("positions", 10_000), Operations = body.Text("operations", 100) };
        IReadOnlyList<string> accept = body.Texts("accept", 2) ?? [];
        string? note = body.Text("note", 1_000);
        body.NothingElse();
        body.ThrowIfWrong();
        string task = await ConfirmedAsync(id, confirm, http, store, cancellation);
        return Results.Ok(await checkpoints.SetAsync(task, edit, Risks(accept, "/accept", ProblemCode.BodyInvalid), Caller.Of(http).Name, note, cancellation));
    }

    private static async Task<string> ConfirmedAsync(string id, string? confirm, HttpContext http, TaskStore store, CancellationToken cancellation)
    {
        string task = V1Query.Id(id);
        Audit.Concerns(http, task: task);
        await TaskEndpoints.RecordAsync(store, task, cancellation);
        return confirm == task ? task : throw Problems.Refuse(
            ProblemCode.ConfirmationMissing, $"This changes where task '{task}' goes on, and what is skipped by it never reaches the target. Send the task's id once more as 'confirm' to do it.");
    }

    private static CheckpointRisks Risks(IEnumerable<string> names, string where, ProblemCode kind)
    {
        CheckpointRisks risks = CheckpointRisks.None;
        foreach (string name in names)
        {
            risks |= name.ToLowerInvariant() switch
            {
                "skipped" => CheckpointRisks.Skipped,
                "repeated" => CheckpointRisks.Repeated,
                _ => throw Problems.Refuse(kind, [new FieldMistake(where, "range", $"has '{BodyFields.Shown(name)}'; allowed are skipped and repeated")]),
            };
        }

        return risks;
    }
}
