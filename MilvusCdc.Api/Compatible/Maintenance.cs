using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>
/// Answers <c>maintenance</c>: always code 200, the outcome in words. What it switched in the Go tool is configured otherwise here, and the answer says how.
/// </summary>
internal static class Maintenance
{
    private static readonly string[] Levels = ["", "debug", "info", "warn", "error", "dpanic", "panic", "fatal"];

    public static string Answer(string operation, JsonObject parameters) => operation switch
    {
        "set_log_level" => LogLevel(parameters),
        "set_force_log_msg" => !parameters.ContainsKey("force") ? "force is required" : NoRows,
        "reset_log_msg" => !parameters.ContainsKey("count") ? "count is required" : !parameters.ContainsKey("duration") ? "duration is required" : NoRows,
        _ => $"unsupported operation: {operation}",
    };

    private const string NoRows = "nothing changed: MilvusCdc never logs the contents of rows, so there is nothing to switch on or to count";

    private static string LogLevel(JsonObject parameters)
    {
        if (!parameters.TryGetPropertyValue("log_level", out JsonNode? level))
        {
            return "log_level is required";
        }

        string text = GoText.Value(level);
        return Levels.Contains(text, StringComparer.OrdinalIgnoreCase)
            ? $"nothing changed: set the log level by the configuration key Logging:LogLevel:Default (asked for: {text})"
            : $"parse log level failed: unrecognized level: \"{text}\"";
    }
}
