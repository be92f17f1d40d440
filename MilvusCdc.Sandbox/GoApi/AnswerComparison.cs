using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>Whether two answers say the same to a client. What changes from run to run (generated ids, the random order of the list of types) is left out.</summary>
internal static partial class AnswerComparison
{
    /// <summary>Whether the request is one for the tool: on other paths this server has its dashboard, its health and its own API.</summary>
    public static bool Concerns(RecordedCase recorded) => recorded.Path.StartsWith("/cdc", StringComparison.OrdinalIgnoreCase);

    public static bool Same(RecordedCase recorded, RecordedAnswer expected, HttpAnswer? answer)
    {
        if (answer is null || answer.Status != expected.Status)
        {
            return false;
        }

        // Another status comes from the HTTP library, and so does its text.
        string path = recorded.Path.Split('?')[0];
        if (expected.Status != 200 || path is not ("/cdc" or "/cdc/metrics"))
        {
            return true;
        }

        if (path is "/cdc/metrics")
        {
            return recorded.Method is "HEAD" || Families(answer.Body).SetEquals(Families(expected.Body));
        }

        if (expected.Length is { } length)
        {
            return answer.Body.Length == length && answer.Body.StartsWith(expected.Body, StringComparison.Ordinal);
        }

        return Comparable(answer.Body, recorded.Volatile) == Comparable(expected.Body, recorded.Volatile);
    }

    /// <summary>The id in an answer to a <c>create</c>, or null.</summary>
    public static string? IdIn(string body) => GeneratedId().Match(body) is { Success: true } id ? id.Value : null;

    private static HashSet<string> Families(string metrics) => metrics.Split('\n').Where(static line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

    private static string Comparable(string body, IReadOnlySet<string> masked)
    {
        string text = Types().Replace(GeneratedId().Replace(body, "ID"), "TYPES");
        if (masked.Count == 0 && !text.Contains("\"tasks\":[", StringComparison.Ordinal))
        {
            return text;
        }

        try
        {
            JsonNode? node = JsonNode.Parse(text);
            Mask(node, masked);
            return node?.ToJsonString() ?? "null";
        }
        catch (JsonException)
        {
            return text;
        }
    }

    // Lists are sorted: their order hangs on generated ids, and on Go's maps.
    private static void Mask(JsonNode? node, IReadOnlySet<string> masked)
    {
        if (node is JsonObject map)
        {
            foreach (string key in map.Select(static pair => pair.Key).ToArray())
            {
                if (masked.Contains(key))
                {
                    map[key] = "…";
                }
                else
                {
                    Mask(map[key], masked);
                }
            }
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? element in list)
            {
                Mask(element, masked);
            }

            JsonNode?[] sorted = [.. list.Select(static element => element?.DeepClone()).OrderBy(static element => element?.ToJsonString() ?? "", StringComparer.Ordinal)];
            list.Clear();
            foreach (JsonNode? element in sorted)
            {
                list.Add(element);
            }
        }
    }

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex GeneratedId();

    [GeneratedRegex(@"can be set \[[a-z ]+\]")]
    private static partial Regex Types();
}
