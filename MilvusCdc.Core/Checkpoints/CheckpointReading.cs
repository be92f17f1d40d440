using System.Globalization;
using System.Text.Json;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>Takes values out of a checkpoint document and remembers every problem instead of stopping at the first. A path is <c>name</c> or <c>name.name</c>.</summary>
internal sealed class CheckpointReading(JsonElement root, List<string> problems)
{
    private readonly int _before = problems.Count;

    /// <summary>Whether a problem was met.</summary>
    public bool Failed => problems.Count > _before;

    public void Check(bool holds, string problem)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    public void OnlyMembers(string path, string[] allowed)
    {
        if ((path.Length == 0 ? root : At(path)) is not { ValueKind: JsonValueKind.Object } at)
        {
            problems.Add($"{path} is missing or no object");
            return;
        }

        foreach (JsonProperty member in at.EnumerateObject().Where(member => !allowed.Contains(member.Name, StringComparer.Ordinal)))
        {
            problems.Add($"{Join(path, member.Name)} is not known; allowed are {string.Join(", ", allowed)}");
        }
    }

    public void Same(string path, string expected, string meaning)
    {
        string found = Text(path);
        Check(found == expected, $"{path} is '{found}'; allowed is '{expected}', {meaning}");
    }

    public string Text(string path) => At(path) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";

    public int Number(string path) => At(path) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : 0;

    public ulong Timestamp(string path, DateTimeOffset now)
    {
        string text = Text(path);
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong timestamp))
        {
            problems.Add($"{path} is {Shown(path)}; allowed is a Milvus timestamp as text, for example \"452301234567890123\"");
            return 0;
        }

        if (CheckpointDocument.Obstacle(timestamp, now) is { } obstacle)
        {
            problems.Add(obstacle);
        }

        return timestamp;
    }

    public IReadOnlyList<string> Names(string path)
    {
        if (At(path) is { ValueKind: JsonValueKind.Object } at)
        {
            return [.. at.EnumerateObject().Select(static member => member.Name)];
        }

        problems.Add($"{path} is {Shown(path)}; allowed is an object with a member for each channel");
        return [];
    }

    public LogPosition Position(string path, string? channel, string kind)
    {
        JsonElement? value = channel is null ? At(path) : Member(Member(At(path), channel), "position");
        string where = channel is null ? path : $"{path}.{channel}.position";
        string? text = value is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;
        if (text is not null && PositionText.TryParse(text, out LogPosition position) && Obstacle(position, kind) is null)
        {
            return position;
        }

        problems.Add($"{where} is {(text is null ? Shown(value) : $"'{text}'")}; allowed is {Allowed(kind)}");
        return default;
    }

    public IReadOnlyList<long> Ids(string path, string channel)
    {
        JsonElement? value = Member(Member(At(path), channel), "awaitingDrop");
        if (value is null)
        {
            return [];
        }

        List<long> ids = [];
        bool fine = value.Value.ValueKind is JsonValueKind.Array;
        foreach (JsonElement element in fine ? value.Value.EnumerateArray() : default)
        {
            fine &= element.ValueKind is JsonValueKind.String && long.TryParse(element.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out long id) && Add(ids, id);
        }

        Check(fine, $"{path}.{channel}.awaitingDrop is {Shown(value)}; allowed is a list of collection ids as texts");
        return ids;
    }

    public long Revision(string path)
    {
        bool fine = long.TryParse(Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out long revision);
        Check(fine, $"{path} is {Shown(path)}; allowed is a revision of etcd as text");
        return revision;
    }

    /// <summary>Why a position is not of this kind; null: it is.</summary>
    public static string? Obstacle(LogPosition position, string kind) => kind == "kafka" && (position.Ledger != 0 || position.Batch != -1 || position.Entry < 0) ? "it is no Kafka offset" : null;

    /// <summary>What positions of a kind look like.</summary>
    public static string Allowed(string kind) => kind == "kafka" ? "a Kafka offset as text, for example \"1234\"" : "LEDGER:ENTRY:BATCH as text, for example \"12:5:-1\"";

    private static bool Add(List<long> ids, long id)
    {
        ids.Add(id);
        return true;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private string Shown(string path) => Shown(At(path));

    private static string Shown(JsonElement? value) => value is { } there ? there.GetRawText() is { Length: <= 60 } text ? text : $"a JSON {there.ValueKind}" : "missing";

    // A channel's name may hold a dot, so only the first dot parts.
    private JsonElement? At(string path)
    {
        string[] parts = path.Split('.', 2);
        JsonElement? first = Member(root, parts[0]);
        return parts.Length == 1 ? first : Member(first, parts[1]);
    }

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } there && there.TryGetProperty(name, out JsonElement value) ? value : null;
}
