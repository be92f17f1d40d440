using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Security;

/// <summary>Notes what clients of the compatible API change.</summary>
internal sealed class CdcAudit(Audit audit)
{
    private static readonly string[] s_changing = ["create", "delete", "pause", "resume", "maintenance"];

    /// <summary>Keeps what is asked until it is answered.</summary>
    public static void Asks(HttpContext http, string type, JsonObject data) => http.Features.Set(new Asked(type, data["task_id"] is JsonValue id && id.TryGetValue(out string? text) ? text : null));

    /// <summary>Notes the request when it asked for a change; <paramref name="answer"/> is the body.</summary>
    public Task AnsweredAsync(HttpContext http, JsonObject answer)
    {
        if (http.Features.Get<Asked>() is not { } asked || !s_changing.Contains(asked.Type))
        {
            return Task.CompletedTask;
        }

        string? made = (answer["data"] as JsonObject)?["task_id"]?.ToString();
        Audit.Concerns(http, task: made ?? asked.TaskId);
        int code = answer["code"]?.GetValue<int>() ?? StatusCodes.Status200OK;
        return audit.WriteAsync(http, $"task.{asked.Type}", code, answer["message"]?.ToString());
    }

    private sealed record Asked(string Type, string? TaskId);
}
