using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Query;
using Rows = MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>What an ordinary instance does with a client's rows: it writes Insert and Delete messages to its own shards (milvus-source-formats.md §3.3).</summary>
internal static class OrdinaryRows
{
    public static MutationResult Write(Instance instance, RowTarget target, IReadOnlyList<FieldData> given, int rows, bool upsert)
    {
        Collection collection = target.Collection;
        ulong now = instance.Clock.Next();
        List<long> rowIds = Enumerable.Range(0, rows).Select(_ => instance.NextId()).ToList();
        List<FieldData> columns = OrdinaryColumns.Complete(collection, given, rowIds);
        FieldData keyColumn = columns.First(c => c.FieldId == collection.PrimaryKey.FieldID);
        List<PrimaryKey> keys = Enumerable.Range(0, rows).Select(i => InsertBatch.KeyAt(keyColumn, i)).ToList();
        int limit = RowsInMessage(instance, columns, rows);
        foreach (IGrouping<(VirtualChannel Shard, Partition Partition), int> lines in Enumerable.Range(0, rows)
            .GroupBy(i => (ShardOf(collection, keys[i]), target.Partition ?? PartitionOf(collection, columns, i))))
        {
            foreach (int[] some in lines.Chunk(limit))
            {
                Rows.InsertRequest insert = Insert(instance, target, lines.Key.Shard, lines.Key.Partition, now);
                insert.NumRows = (ulong)some.Length;
                insert.Timestamps.Add(some.Select(_ => now));
                insert.RowIDs.Add(some.Select(i => rowIds[i]));
                insert.FieldsData.Add(columns.Select(c => OrdinaryColumns.Lines(collection, c, some)));
                lines.Key.Shard.Buffer(new PendingMessage(insert, null, now, []));
                instance.Journal?.Wrote(lines.Key.Shard, insert, upsert);
            }
        }

        if (upsert)
        {
            Delete(instance, target, keys, now, upsert: true);
        }

        instance.TickItself();
        return new MutationResult
        {
            Status = new Status(),
            IDs = Ids(keys),
            SuccIndex = { Enumerable.Range(0, rows).Select(i => (uint)i) },
            InsertCnt = rows,
            DeleteCnt = upsert ? rows : 0,
            UpsertCnt = upsert ? rows : 0,
            Timestamp = now,
        };
    }

    public static MutationResult Delete(Instance instance, RowTarget target, Filter filter, IReadOnlyCollection<object>? named)
    {
        List<PrimaryKey> keys = named?.Select(k => k is string text ? new PrimaryKey(0, text) : new PrimaryKey(Convert.ToInt64(k, null), null)).ToList()
            ?? target.Collection.Rows
                .Where(r => r.VisibleAt(ulong.MaxValue - 1) && (target.Partition is null || r.PartitionId == target.Partition.Id))
                .Where(r => FilterEvaluator.Fits(filter, new FilterRow(target.Collection, r)))
                .Select(r => r.Key).Distinct().ToList();
        Delete(instance, target, keys, instance.Clock.Next(), upsert: false);
        instance.TickItself();
        return new MutationResult { Status = new Status(), IDs = new IDs(), DeleteCnt = keys.Count };
    }

    private static Rows.InsertRequest Insert(Instance instance, RowTarget target, VirtualChannel shard, Partition partition, ulong now) => new()
    {
        Base = new MsgBase { MsgType = MsgType.Insert, MsgID = instance.NextId(), Timestamp = now },
        ShardName = shard.Name,
        CollectionName = target.CalledBy,
        PartitionName = partition.Name,
        CollectionID = target.Collection.Id,
        PartitionID = partition.Id,
        Version = Rows.InsertDataVersion.ColumnBased,
    };

    private static void Delete(Instance instance, RowTarget target, List<PrimaryKey> keys, ulong now, bool upsert)
    {
        foreach (IGrouping<VirtualChannel, PrimaryKey> ofShard in keys.GroupBy(k => ShardOf(target.Collection, k)))
        {
            Rows.DeleteRequest delete = new()
            {
                Base = new MsgBase { MsgType = MsgType.Delete, MsgID = instance.NextId(), Timestamp = now },
                ShardName = ofShard.Key.Name,
                CollectionName = target.CalledBy,
                PartitionName = target.Partition?.Name ?? "",
                CollectionID = target.Collection.Id,
                PartitionID = target.Partition?.Id ?? -1,
                PrimaryKeys = Ids(ofShard),
                Timestamps = { ofShard.Select(_ => now) },
                NumRows = ofShard.Count(),
            };
            ofShard.Key.Buffer(new PendingMessage(null, delete, now, []));
            instance.Journal?.Wrote(ofShard.Key, delete, upsert);
        }
    }

    private static VirtualChannel ShardOf(Collection collection, PrimaryKey key) =>
        collection.Shards[(int)(ShardOfKey.Hash(key) % (uint)collection.Shards.Count)];

    private static Partition PartitionOf(Collection collection, List<FieldData> columns, int line)
    {
        FieldData column = columns.First(c => c.FieldId == collection.PartitionKey!.FieldID);
        return collection.Partitions[(int)(ShardOfKey.Hash(InsertBatch.KeyAt(column, line)) % (uint)collection.Partitions.Count)];
    }

    private static int RowsInMessage(Instance instance, List<FieldData> columns, int rows)
    {
        long bytes = columns.Sum(c => (long)c.CalculateSize());
        return instance.Journal is { } journal && bytes > journal.MaxMessageBytes ? (int)Math.Max(1, journal.MaxMessageBytes / (bytes / rows)) : Math.Max(1, rows);
    }

    private static IDs Ids(IEnumerable<PrimaryKey> keys)
    {
        List<PrimaryKey> list = keys.ToList();
        return list.Count > 0 && list[0].Text is not null
            ? new IDs { StrId = new StringArray { Data = { list.Select(k => k.Text!) } } }
            : new IDs { IntId = new LongArray { Data = { list.Select(k => k.Number) } } };
    }
}
