using System.Globalization;
using System.Text.Json;

namespace MilvusCdc.Web.Feed;

/// <summary>
/// Reads the answer of <c>GET /api/v1/tasks</c>. The dashboard may be older or newer than the Api: a field that is absent, or of another kind than expected, is not known.
/// Times may be ISO 8601, Unix milliseconds or Milvus timestamps (physical milliseconds &lt;&lt; 18); a name may be the key of an object or a field in an array.
/// </summary>
internal static class TaskReader
{
    // Unix milliseconds reach this in the year 5138; Milvus timestamps passed it in 1970.
    private const long LargestMilliseconds = 100_000_000_000_000;

    /// <summary>Throws <see cref="JsonException"/> when the answer is not a list of tasks.</summary>
    public static IReadOnlyList<TaskView> Read(JsonDocument answer)
    {
        JsonElement root = answer.RootElement;
        if (root.ValueKind is JsonValueKind.Object && root.TryGetProperty("tasks", out JsonElement inner))
        {
            root = inner;
        }

        if (root.ValueKind is not JsonValueKind.Array)
        {
            throw new JsonException("the answer is not a list of tasks");
        }

        return [.. root.EnumerateArray().Where(static item => Text(item, "id") is not null).Select(Task)];
    }

    /// <summary>What to ask with as <c>cursor</c> for the tasks after these; null: these are all.</summary>
    public static string? Next(JsonDocument answer) => answer.RootElement.ValueKind is JsonValueKind.Object ? Text(answer.RootElement, "next") : null;

    private static TaskView Task(JsonElement item) => new()
    {
        Id = Text(item, "id")!,
        State = Text(item, "state"),
        Phase = Text(item, "phase"),
        Reason = Text(item, "reason"),
        Since = Time(item, "since"),
        Frontier = Time(item, "frontierMs") ?? Time(item, "frontier"),
        Head = Time(item, "headMs") ?? Time(item, "head"),
        Lag = Number(item, "lagMs") is { } lag ? TimeSpan.FromMilliseconds(lag) : null,
        CaughtUp = Flag(item, "caughtUp"),
        IsStale = Flag(item, "isStale"),
        CheckpointedAt = Time(item, "checkpointedAt"),
        Owner = Text(item, "owner"),
        Attempt = Number(item, "attempt"),
        NextRetryAt = Time(item, "nextRetryAt"),
        Target = Text(item, "target") ?? (Field(item, "target") is { } target ? Text(target, "address") ?? Text(target, "uri") : null),
        Channels = [.. Named(item, "channels").Select(static pair => Channel(pair.Name, pair.Value)).OrderBy(static channel => channel.Name, StringComparer.Ordinal)],
        Collections = [.. Named(item, "collections").Select(static pair => Collection(pair.Name, pair.Value)).OrderBy(static one => one.SourceName, StringComparer.Ordinal)],
        Notices = [.. Named(item, "notices").Select(notice => KeyValuePair.Create(notice.Name, Number(Field(item, "notices")!.Value, notice.Name) ?? 1))],
    };

    private static ChannelView Channel(string name, JsonElement item) => new()
    {
        Name = name,
        Read = Time(item, "readMs") ?? Time(item, "read"),
        Sent = Time(item, "sentMs") ?? Time(item, "sent"),
        Acknowledged = Time(item, "acknowledgedMs") ?? Time(item, "acknowledged"),
        InUse = Flag(item, "inUse"),
        Position = Text(item, "position"),
        Messages = Number(item, "messages"),
        Bytes = Number(item, "bytes"),
    };

    private static CollectionView Collection(string id, JsonElement item) => new()
    {
        Id = id,
        SourceName = Text(item, "sourceName"),
        TargetName = Text(item, "targetName"),
        Inserted = Number(item, "inserted"),
        Deleted = Number(item, "deleted"),
        Dropped = Flag(item, "dropped"),
    };

    private static IEnumerable<(string Name, JsonElement Value)> Named(JsonElement item, string field) => Field(item, field) switch
    {
        { ValueKind: JsonValueKind.Object } map => map.EnumerateObject().Select(static pair => (pair.Name, pair.Value)),
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(static entry => (Text(entry, "name") ?? Text(entry, "id") ?? "?", entry)),
        _ => [],
    };

    private static JsonElement? Field(JsonElement item, string name) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out JsonElement field) ? field : null;

    private static string? Text(JsonElement item, string name) => Field(item, name) switch
    {
        { ValueKind: JsonValueKind.String } field => field.GetString() is { Length: > 0 } text ? text : null,
        { ValueKind: JsonValueKind.Number } field => field.GetRawText(),
        _ => null,
    };

    private static bool? Flag(JsonElement item, string name) => Field(item, name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static long? Number(JsonElement item, string name) =>
        long.TryParse(Text(item, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static DateTimeOffset? Time(JsonElement item, string name)
    {
        if (Number(item, name) is { } number)
        {
            long milliseconds = number > LargestMilliseconds ? number >> 18 : number;
            return milliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        }

        return DateTimeOffset.TryParse(Text(item, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
    }
}
