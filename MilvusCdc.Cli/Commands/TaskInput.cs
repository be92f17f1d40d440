using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MilvusCdc.Cli.Commands;

/// <summary>A task as the command line states it: in a JSON file as the API takes it, by options, or both, where options win.</summary>
internal static class TaskInput
{
    private const string TokenVariable = "CDCCTL_TARGET_TOKEN";

    private static readonly Option<FileInfo?> s_file = new("--file", "-f") { Description = "A JSON file as POST /api/v1/tasks takes it.", HelpName = "file" };
    private static readonly Option<string?> s_id = new("--id") { Description = "The id. Default: a new one." };
    private static readonly Option<string?> s_target = new("--target", "-t") { Description = "The target's address, http://host:port or https://host:port.", HelpName = "address" };
    private static readonly Option<FileInfo?> s_token = new("--target-token-file") { Description = $"A file with the target's login (user:password or an API key). Default: {TokenVariable}.", HelpName = "file" };
    private static readonly Option<string[]> s_include = new("--include", "-i") { Description = "Collections to take: shop.orders, shop.*, *.*. May be given several times.", HelpName = "db.collection" };
    private static readonly Option<string[]> s_exclude = new("--exclude", "-x") { Description = "Collections to leave out. May be given several times.", HelpName = "db.collection" };
    private static readonly Option<string[]> s_map = new("--map", "-m") { Description = "Another name on the target: shop.orders=store.sales, or shop.*=store.*. May be given several times.", HelpName = "from=to" };
    private static readonly Option<string?> s_start = Among("--start", "Where reading begins.", "Latest", "CollectionStart");
    private static readonly Option<string?> s_metadata = Among("--metadata", "What happens to aliases, renames and properties.", "Replicate", "Ignore", "Block");
    private static readonly Option<string?> s_unsupported = Among("--unsupported", "What happens to bulk imports and unknown messages.", "Block", "Ignore");
    private static readonly Option<string?> s_refused = Among("--refused", "What happens to messages that the target refuses for their own sake.", "Block", "SetAside");
    private static readonly Option<bool?> s_users = new("--users-and-roles") { Description = "Whether users, roles and privileges are replicated." };
    private static readonly Option<bool?> s_autoStart = new("--auto-start") { Description = "Whether the task runs on by itself after a restart of its worker." };
    private static readonly Option<double?> s_connect = new("--connect-timeout") { Description = "Seconds within which the target must be reached.", HelpName = "seconds" };
    private static readonly Option<string?> s_authority = new("--tls-authority") { Description = "PEM file, on the server's machine, with the authority that signed the target's certificate.", HelpName = "path" };
    private static readonly Option<string?> s_serverName = new("--tls-server-name") { Description = "The name that the target's certificate must have.", HelpName = "name" };
    private static readonly Option<bool> s_paused = new("--paused") { Description = "Create it paused." };

    /// <summary>Create although nobody looked at source and target.</summary>
    public static readonly Option<bool> SkipPlan = new("--skip-plan") { Description = "Create the task without looking at source and target first." };

    /// <summary>What describes a task.</summary>
    public static IReadOnlyList<Symbol> Symbols { get; } =
        [s_file, s_id, s_target, s_token, s_include, s_exclude, s_map, s_start, s_metadata, s_unsupported, s_refused, s_users, s_autoStart, s_connect, s_authority, s_serverName, s_paused];

    /// <summary>What describes a change of a task.</summary>
    public static IReadOnlyList<Symbol> ChangeSymbols { get; } = [s_file, s_token, s_metadata, s_unsupported, s_refused, s_users, s_autoStart, s_connect, s_authority, s_serverName];

    /// <summary>The body of a creation or a plan. Throws <see cref="UsageException"/>.</summary>
    public static JsonObject Read(ParseResult parsed, Surroundings surroundings)
    {
        JsonObject body = ReadChange(parsed, surroundings);
        Set(body, "id", parsed.GetValue(s_id));
        Set(body, "start", parsed.GetValue(s_start));
        Set(Inner(body, "target"), "address", parsed.GetValue(s_target));
        Set(Inner(body, "collections"), "include", List(parsed.GetValue(s_include)));
        Set(Inner(body, "collections"), "exclude", List(parsed.GetValue(s_exclude)));
        if (parsed.GetValue(s_map) is { Length: > 0 } maps)
        {
            body["mappings"] = new JsonArray([.. maps.Select(Mapping)]);
        }

        if (parsed.GetValue(s_paused))
        {
            body["paused"] = true;
        }

        return body;
    }

    /// <summary>The body of a change. Throws <see cref="UsageException"/>.</summary>
    public static JsonObject ReadChange(ParseResult parsed, Surroundings surroundings)
    {
        JsonObject body = parsed.GetValue(s_file) is { } file ? ReadFile(file) : [];
        JsonObject target = Inner(body, "target");
        Set(target, "token", Token(parsed, surroundings));
        Set(target, "connectTimeoutSeconds", parsed.GetValue(s_connect));
        JsonObject tls = Inner(target, "tls");
        Set(tls, "authorityFile", parsed.GetValue(s_authority));
        Set(tls, "serverName", parsed.GetValue(s_serverName));
        JsonObject policies = Inner(body, "policies");
        Set(policies, "metadata", parsed.GetValue(s_metadata));
        Set(policies, "unsupported", parsed.GetValue(s_unsupported));
        Set(policies, "refused", parsed.GetValue(s_refused));
        Set(policies, "usersAndRoles", parsed.GetValue(s_users));
        Set(body, "autoStart", parsed.GetValue(s_autoStart));
        Prune(target, "tls");
        Prune(body, "target");
        Prune(body, "policies");
        return body;
    }

    private static string? Token(ParseResult parsed, Surroundings surroundings)
    {
        if (parsed.GetValue(s_token) is not { } file)
        {
            return surroundings.Environment(TokenVariable);
        }

        try
        {
            return File.ReadAllText(file.FullName).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The file '{file.FullName}' cannot be read: {unreadable.Message}");
        }
    }

    private static JsonObject ReadFile(FileInfo file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file.FullName)) as JsonObject ?? throw new JsonException("it is no object");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"The file '{file.FullName}' cannot be used: {wrong.Message}");
        }
    }

    private static JsonObject Mapping(string text)
    {
        string[] parts = text.Split('=');
        return parts.Length == 2 ? new JsonObject { ["source"] = parts[0], ["target"] = parts[1] } : throw new UsageException($"--map is '{text}'; allowed is from=to, such as shop.orders=store.sales.");
    }

    private static JsonArray? List(string[]? values) => values is { Length: > 0 } ? new JsonArray([.. values.Select(static value => (JsonNode)value)]) : null;

    private static JsonObject Inner(JsonObject body, string name)
    {
        if (body[name] is not JsonObject inner)
        {
            body[name] = inner = [];
        }

        return inner;
    }

    private static void Prune(JsonObject body, string name)
    {
        if (body[name] is JsonObject { Count: 0 })
        {
            body.Remove(name);
        }
    }

    private static void Set(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private static Option<string?> Among(string name, string description, params string[] values)
    {
        Option<string?> option = new(name) { Description = description };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
