using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Target;

/// <summary>One version of a row that is visible at its shard's tick. A doubled row is there twice.</summary>
/// <param name="Partition">Name of its partition.</param>
/// <param name="Shard">Virtual channel.</param>
/// <param name="Timestamp">Row timestamp.</param>
/// <param name="RowId">Row id as sent.</param>
/// <param name="Values">
/// By field name: bool, long (all integers), float, double, string (VarChar and JSON text, also of <c>$meta</c>), float[] (float vectors), byte[] (other
/// vectors), list (arrays).
/// </param>
public sealed record StoredRow(string Partition, string Shard, ulong Timestamp, long RowId, IReadOnlyDictionary<string, object?> Values);

/// <summary>A partition.</summary>
public sealed record PartitionState(string Name, long Id, bool Loaded);

/// <summary>An index and its parameters as given.</summary>
public sealed record IndexDetails(string Name, string Field, IReadOnlyDictionary<string, string> Parameters);

/// <summary>One shard: its channel, how far it is, and what waits for a tick.</summary>
public sealed record ShardState(string Name, string Channel, ulong Tick, bool Watched, int PendingMessages);

/// <summary>A collection without its rows.</summary>
public sealed record CollectionState(
    string Name, long Id, CollectionSchema Schema, ConsistencyLevel Level, ulong CreatedAt, IReadOnlyList<PartitionState> Partitions,
    IReadOnlyList<IndexDetails> Indexes, IReadOnlyList<string> Aliases, IReadOnlyDictionary<string, string> Properties, LoadState Load, int Replicas,
    IReadOnlyList<ShardState> Shards, long VisibleRows);

/// <summary>A database and its collections, by name.</summary>
public sealed record DatabaseState(string Name, IReadOnlyDictionary<string, CollectionState> Collections);

/// <summary>What the stand-in holds at one moment, rows left out.</summary>
/// <param name="Databases">By name.</param>
/// <param name="Users">Names.</param>
/// <param name="Roles">Role to its users.</param>
/// <param name="UnfinishedDrops">Virtual channels of dropped collections whose Drop message has not come: a real data node keeps them for ever.</param>
public sealed record TargetSnapshot(
    IReadOnlyDictionary<string, DatabaseState> Databases, IReadOnlyList<string> Users, IReadOnlyDictionary<string, IReadOnlyList<string>> Roles,
    IReadOnlyList<string> UnfinishedDrops);
