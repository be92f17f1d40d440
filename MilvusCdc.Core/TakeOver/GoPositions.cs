using System.Text.Json;
using System.Text.Json.Serialization;

namespace MilvusCdc.Core.TakeOver;

/// <summary>How far the Go tool is with one collection of one task: <c>{root}/task_position/{task}/{collection}</c>. Collection −10 is the channel of operations, −1 holds nothing.</summary>
internal sealed record GoPositions
{
    /// <summary>The collection id of the channel of operations.</summary>
    public const long Operations = -10;

    public string TaskID { get; init; } = "";

    public long CollectionID { get; init; }

    public string CollectionName { get; init; } = "";

    /// <summary>By source pchannel.</summary>
    public IReadOnlyDictionary<string, GoPosition>? Positions { get; init; }

    /// <summary>Reads a stored value. Throws <see cref="JsonException"/>.</summary>
    public static GoPositions Read(ReadOnlySpan<byte> value) => JsonSerializer.Deserialize<GoPositions>(value, GoJson.Options) ?? throw new JsonException("it is null");
}

/// <summary>
/// One pchannel's position. <c>Time</c> is the time that the rows have on the target, which the Go tool moves forward at times: it says nothing certain about the source, so
/// only the message id is used.
/// </summary>
/// <param name="StartTime">Physical milliseconds of a position that a client stated and that never moved; else 0.</param>
/// <param name="Time">Physical milliseconds, on the target, of the last rows; 0: none yet.</param>
/// <param name="Data">The message id.</param>
/// <param name="Dropped">The collection was dropped, on both sides.</param>
internal sealed record GoPosition(long StartTime = 0, long Time = 0, [property: JsonPropertyName("DataPair")] GoDataPair? Data = null, bool Dropped = false);

/// <summary>A pchannel and a message id in it.</summary>
internal sealed record GoDataPair([property: JsonPropertyName("key")] string Key = "", [property: JsonPropertyName("data")] byte[]? Data = null);
