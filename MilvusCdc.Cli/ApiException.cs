using System.Text.Json;
using System.Text.Json.Nodes;

namespace MilvusCdc.Cli;

/// <summary>The server did not do what was asked. The message is for people, <see cref="ExitCode"/> for scripts.</summary>
internal sealed class ApiException(int exitCode, string message, JsonObject? problem = null) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode => exitCode;

    /// <summary>The problem details, or null.</summary>
    public JsonObject? Problem => problem;

    public static ApiException Away(Uri server, string why) => new(
        Cli.ExitCode.Unavailable, $"The server at {server.GetLeftPart(UriPartial.Authority)} cannot be used: {why}. Its address is set by --server or CDCCTL_SERVER.");

    public static ApiException Of(int status, string body, Uri server)
    {
        if (Read(body) is not { } problem)
        {
            return Away(server, $"it answered with status {status}");
        }

        int code = status switch
        {
            401 or 403 => Cli.ExitCode.Forbidden,
            404 => Cli.ExitCode.NotFound,
            >= 500 => Cli.ExitCode.Unavailable,
            _ => Cli.ExitCode.Refused,
        };
        string detail = (string?)problem["detail"] ?? (string?)problem["title"] ?? $"status {status}";
        IEnumerable<string> errors = problem["errors"] is JsonArray { Count: > 1 } several ? several.OfType<JsonObject>().Select(static error => $"  {error["where"]}: {error["detail"]}") : [];
        return new ApiException(code, string.Join('\n', errors.Prepend($"{detail} ({problem["code"]})")), problem);
    }

    private static JsonObject? Read(string body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject problem && problem.ContainsKey("code") ? problem : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The command line cannot be used.</summary>
internal sealed class UsageException(string message) : Exception(message);
