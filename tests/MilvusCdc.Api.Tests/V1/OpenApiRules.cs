using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>The rules of OpenAPI 3.1 that a document like ours can break; there is no validator among the packages that can be had.</summary>
internal static partial class OpenApiRules
{
    private static readonly string[] s_methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    private static readonly string[] s_types = ["null", "boolean", "object", "array", "number", "string", "integer"];
    private static readonly string[] s_places = ["query", "header", "path", "cookie"];

    /// <summary>All operations.</summary>
    public static IEnumerable<(string Path, string Method, string Id, JsonNode Operation)> Operations(JsonNode document) => document["paths"]!.AsObject()
        .SelectMany(static path => path.Value!.AsObject().Where(static one => s_methods.Contains(one.Key)).Select(one => (path.Key, one.Key, (string?)one.Value!["operationId"] ?? "", one.Value!)));

    /// <summary>What is wrong, a sentence each.</summary>
    public static IReadOnlyList<string> Problems(JsonNode document)
    {
        List<string> problems = [];
        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }

        Check(((string?)document["openapi"] ?? "").StartsWith("3.1.", StringComparison.Ordinal), "openapi is not 3.1");
        Check((string?)document["info"]?["title"] is { Length: > 0 } && (string?)document["info"]?["version"] is { Length: > 0 }, "info has no title or version");
        Check(document["paths"]!.AsObject().All(static path => path.Key.StartsWith('/')), "a path does not begin with a slash");
        foreach (IGrouping<string, (string Path, string Method, string Id, JsonNode Operation)> same in Operations(document).GroupBy(static one => one.Id, StringComparer.Ordinal))
        {
            Check(same.Key.Length > 0 && same.Count() == 1, $"operationId '{same.Key}' is missing or given twice");
        }

        foreach ((string path, string method, _, JsonNode operation) in Operations(document))
        {
            Operation(document, $"{method} {path}", path, operation, Check);
        }

        foreach (JsonNode node in Everything(document))
        {
            if (node is JsonObject { Count: > 0 } some && some["$ref"] is JsonValue reference)
            {
                Check(Resolve(document, (string)reference!) is not null, $"{node.GetPath()}: {reference} leads nowhere");
            }

            if (node.GetPath() is { } at && SchemaPath().IsMatch(at) && node is JsonObject schema)
            {
                Schema(at, schema, Check);
            }
        }

        return problems;
    }

    private static void Operation(JsonNode document, string at, string path, JsonNode operation, Action<bool, string> check)
    {
        JsonArray parameters = operation["parameters"]?.AsArray() ?? [];
        foreach (JsonNode? parameter in parameters)
        {
            check(parameter!["name"] is not null && s_places.Contains((string?)parameter["in"]) && (parameter["schema"] is not null || parameter["content"] is not null), $"{at}: a parameter lacks name, place or schema");
            check((string?)parameter["in"] != "path" || (bool?)parameter["required"] == true, $"{at}: path parameter {parameter["name"]} is not required");
        }

        string[] inPath = [.. PathParameter().Matches(path).Select(static match => match.Groups[1].Value).Order(StringComparer.Ordinal)];
        string[] declared = [.. parameters.Where(static one => (string?)one!["in"] == "path").Select(static one => (string)one!["name"]!).Order(StringComparer.Ordinal)];
        check(inPath.SequenceEqual(declared), $"{at}: the path has {string.Join(',', inPath)}, declared are {string.Join(',', declared)}");
        check(parameters.Select(static one => $"{one!["in"]} {one["name"]}").Distinct().Count() == parameters.Count, $"{at}: a parameter is declared twice");
        check(operation["responses"] is JsonObject { Count: > 0 } responses && responses.All(static one => StatusCode().IsMatch(one.Key) && one.Value!["description"] is not null), $"{at}: responses are missing, or one has no description");
        check(operation["requestBody"] is not { } body || body["content"] is JsonObject { Count: > 0 }, $"{at}: the body has no content");
        foreach (JsonNode? requirement in operation["security"]?.AsArray() ?? [])
        {
            check(requirement!.AsObject().All(one => document["components"]?["securitySchemes"]?[one.Key] is not null), $"{at}: an unknown security scheme");
        }
    }

    private static void Schema(string at, JsonObject schema, Action<bool, string> check)
    {
        IEnumerable<string?> types = schema["type"] is JsonArray several ? several.Select(static one => (string?)one) : schema["type"] is JsonValue one ? [(string?)one] : [];
        check(types.All(static type => s_types.Contains(type)), $"{at}: unknown type {schema["type"]}");
        check(!types.Contains("array") || schema["items"] is not null, $"{at}: a list without items");
        check(schema["nullable"] is null, $"{at}: nullable is of 3.0");
        check(schema["required"] is not JsonArray required || required.All(name => schema["properties"]?[(string)name!] is not null), $"{at}: a required member is not declared");
        check(schema["enum"] is not JsonArray { Count: 0 }, $"{at}: an enum without values");
    }

    private static IEnumerable<JsonNode> Everything(JsonNode node) => node switch
    {
        JsonObject some => some.Where(static one => one.Value is not null).SelectMany(static one => Everything(one.Value!)).Prepend(node),
        JsonArray list => list.Where(static one => one is not null).SelectMany(static one => Everything(one!)),
        _ => [],
    };

    private static JsonNode? Resolve(JsonNode document, string reference) => reference.StartsWith("#/", StringComparison.Ordinal)
        ? reference[2..].Split('/').Aggregate<string, JsonNode?>(document, static (node, part) => (node as JsonObject)?[part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)])
        : null;

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex PathParameter();

    [GeneratedRegex(@"^([1-5]\d\d|default)$")]
    private static partial Regex StatusCode();

    [GeneratedRegex(@"(\.schema|\.items|\.additionalProperties|\.schemas\.\w+|\.properties\.\w+)$")]
    private static partial Regex SchemaPath();
}
