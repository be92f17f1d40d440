using System.Globalization;
using System.Text.Json.Nodes;
using MilvusCdc.Core.Telemetry;

namespace MilvusCdc.Api.Compatible;

/// <summary>Serves <c>maintenance</c>: always code 200, the outcome in the words of the Go tool. Changes hold for this process, until it ends.</summary>
internal sealed class Maintenance(LogLevelSwitch levels, IServiceProvider services)
{
    private const string NoWorker = "nothing changed: no worker runs in this process, so no rows pass through it; ask the worker's process";

    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = LogLevel.Information,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
        ["dpanic"] = LogLevel.Critical,
        ["panic"] = LogLevel.Critical,
        ["fatal"] = LogLevel.Critical,
    };

    public string Answer(string operation, JsonObject parameters) => operation switch
    {
        "set_log_level" => SetLevel(parameters),
        "set_force_log_msg" => Force(parameters),
        "reset_log_msg" => Reset(parameters),
        _ => $"unsupported operation: {operation}",
    };

    private string SetLevel(JsonObject parameters)
    {
        if (!parameters.TryGetPropertyValue("log_level", out JsonNode? stated))
        {
            return "log_level is required";
        }

        string text = GoText.Value(stated);
        if (!Levels.TryGetValue(text, out LogLevel level))
        {
            return $"parse log level failed: unrecognized level: {Quoted(text)}";
        }

        levels.Set(level);
        return $"set log level to {text}";
    }

    private string Force(JsonObject parameters)
    {
        if (!parameters.TryGetPropertyValue("force", out JsonNode? stated))
        {
            return "force is required";
        }

        string text = GoText.Value(stated);
        bool? force = text switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            _ => null,
        };
        if (force is null)
        {
            return $"parse force failed: strconv.ParseBool: parsing {Quoted(text)}: invalid syntax";
        }

        if (services.GetService<MessageLog>() is not { } messages)
        {
            return NoWorker;
        }

        messages.Force = force.Value;
        return $"set force log msg to {(force.Value ? "true" : "false")}";
    }

    private string Reset(JsonObject parameters)
    {
        if (!parameters.TryGetPropertyValue("count", out JsonNode? statedCount))
        {
            return "count is required";
        }

        if (!parameters.TryGetPropertyValue("duration", out JsonNode? statedDuration))
        {
            return "duration is required";
        }

        if (Whole("count", statedCount, out long count) is { } wrongCount)
        {
            return wrongCount;
        }

        if (Whole("duration", statedDuration, out long duration) is { } wrongDuration)
        {
            return wrongDuration;
        }

        if (services.GetService<MessageLog>() is not { } messages)
        {
            return NoWorker;
        }

        messages.Reset(count, duration);
        return string.Create(CultureInfo.InvariantCulture, $"reset log msg count to {count}, duration to {duration}");
    }

    // As Go's Atoi; null: it is a number.
    private static string? Whole(string what, JsonNode? stated, out long number)
    {
        string text = GoText.Value(stated);
        ReadOnlySpan<char> digits = text.AsSpan(text.Length > 0 && text[0] is ('+' or '-') ? 1 : 0);
        bool form = digits.Length > 0 && digits.IndexOfAnyExceptInRange('0', '9') < 0;
        if (form && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return null;
        }

        number = 0;
        return $"parse {what} failed: strconv.Atoi: parsing {Quoted(text)}: {(form ? "value out of range" : "invalid syntax")}";
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
