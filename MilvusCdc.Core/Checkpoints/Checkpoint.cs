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
    /// <summary>The version of this record's shape.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Milvus timestamp: everything of the source up to it is on the target.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required ulong Frontier { get; init; }

    /// <summary><c>kafka</c> or <c>pulsar</c>: positions mean nothing to the other.</summary>
    public required string LogKind { get; init; }

    /// <summary>The channels in use at the frontier.</summary>
    public required IReadOnlyDictionary<string, ChannelCheckpoint> Channels { get; init; }

    /// <summary>Where the replicate channel is read on.</summary>
    public required LogPosition Operations { get; init; }

    /// <summary>The etcd revision that the catalog was complete to.</summary>
    public long CatalogRevision { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>Options of all checkpoint JSON.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);
}

/// <summary>Where one source channel is read on.</summary>
/// <param name="Position">The first message that a restart must read.</param>
/// <param name="AwaitingDrop">Source ids of dropped collections whose drop message on this channel is still to come.</param>
public sealed record ChannelCheckpoint(LogPosition Position, IReadOnlyList<long> AwaitingDrop);
