using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>
/// A durable frontier with the positions to go on from. Written before the tick that makes the frontier visible, so data up to <see cref="Frontier"/> is on the target
/// once, and data after it may be sent again and is dropped by the target.
/// </summary>
public sealed record Checkpoint
{
    /// <summary>The newest version of this record's shape that this program reads and writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The newest version of how positions are written that this program reads and writes.</summary>
    public const int CurrentLogVersion = 1;

    /// <summary>The version of this record's shape.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Milvus timestamp: everything of the source up to it is on the target.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required ulong Frontier { get; init; }

    /// <summary><c>kafka</c> or <c>pulsar</c>: positions mean nothing to the other.</summary>
    public required string LogKind { get; init; }

    /// <summary>The version of how positions of that kind are written.</summary>
    public int LogVersion { get; init; } = CurrentLogVersion;

    /// <summary>The channels in use at the frontier.</summary>
    public required IReadOnlyDictionary<string, ChannelCheckpoint> Channels { get; init; }

    /// <summary>Where the replicate channel is read on.</summary>
    public required LogPosition Operations { get; init; }

    /// <summary>The etcd revision that the catalog was complete to.</summary>
    public long CatalogRevision { get; init; }

    /// <summary>Whether a person set or imported it; the positions then are taken as they are, also where the log before them contradicts the frontier.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsByHand { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>Options of all checkpoint JSON.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>Why this program cannot go on from the record, in one sentence; null: it can.</summary>
    public string? Obstacle => (Version, LogVersion) switch
    {
        ( > CurrentVersion or < 1, _) => $"it is of version {Version}, this program knows {CurrentVersion}: run the version of MilvusCdc that wrote it, or a newer one",
        (_, > CurrentLogVersion or < 1) => $"its positions of '{LogKind}' are of version {LogVersion}, this program knows {CurrentLogVersion}: run the version of MilvusCdc that wrote it, or a newer one",
        _ => null,
    };
}

/// <summary>Where one source channel is read on.</summary>
/// <param name="Position">The first message that a restart must read.</param>
/// <param name="AwaitingDrop">Source ids of dropped collections whose drop message on this channel is still to come.</param>
public sealed record ChannelCheckpoint(LogPosition Position, IReadOnlyList<long> AwaitingDrop);
