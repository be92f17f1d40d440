using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Copies of the state for tests and for the comparison tool. The caller holds the gate.</summary>
internal static class ReadBack
{
    private const ulong Newest = ulong.MaxValue - 1;

    public static IReadOnlyList<StoredRow> Rows(Collection collection)
    {
        Dictionary<long, string> partitions = collection.Partitions.ToDictionary(p => p.Id, p => p.Name);
        return collection.Shards
            .SelectMany(s => s.Rows.Where(r => r.VisibleAt(Newest)).Select(r => (Shard: s.Name, Row: r)))
            .OrderBy(r => r.Row.Key).ThenBy(r => r.Row.Timestamp)
            .Select(r => new StoredRow(partitions[r.Row.PartitionId], r.Shard, r.Row.Timestamp, r.Row.RowId, Values(collection, r.Row)))
            .ToList();
    }

    public static TargetSnapshot Of(Instance instance) => new(
        instance.Databases.Values.ToDictionary(d => d.Name, d => new DatabaseState(d.Name, d.Collections.Values.ToDictionary(c => c.Name, State))),
        instance.Access.Users.Keys.Order(StringComparer.Ordinal).ToList(),
        instance.Access.Roles.ToDictionary(r => r.Key, r => (IReadOnlyList<string>)r.Value.Order(StringComparer.Ordinal).ToList()),
        instance.ById.Values.Where(c => c.Dropped).SelectMany(c => c.Shards).Where(s => !s.Removed).Select(s => s.Name).ToList());

    private static Dictionary<string, object?> Values(Collection collection, RowVersion row) =>
        collection.Columns.ToDictionary(f => f.Name, f => row.Batch.Column(f.FieldID) is { } column ? Columns.Value(column, row.Line) : null);

    private static CollectionState State(Collection collection) => new(
        collection.Name, collection.Id, collection.Schema.Clone(), collection.Level, collection.CreatedAt,
        collection.Partitions.Select(p => new PartitionState(p.Name, p.Id, collection.IsLoaded(p))).ToList(),
        collection.Indexes.Select(i => new IndexDetails(i.Name, i.Field, i.Parameters.ToDictionary(p => p.Key, p => p.Value))).ToList(),
        collection.Database.Aliases.Where(a => a.Value == collection).Select(a => a.Key).Order(StringComparer.Ordinal).ToList(),
        collection.Properties.ToDictionary(p => p.Key, p => p.Value),
        collection.Load is not { } load ? LoadState.NotLoad : load.Done ? LoadState.Loaded : LoadState.Loading,
        collection.Load?.Replicas ?? 0,
        collection.Shards.Select(s => new ShardState(s.Name, s.Physical.Name, s.Tick, s.Watched, s.PendingMessages)).ToList(),
        collection.Rows.LongCount(r => r.VisibleAt(Newest)));
}
