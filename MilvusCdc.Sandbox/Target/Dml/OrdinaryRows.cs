using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Query;
using MilvusCdc.Sandbox.Target.Wire;
using Rows = MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>What an ordinary instance does with a client's rows: it writes Insert and Delete messages to its own shards. Partition keys are not hashed here.</summary>
internal static class OrdinaryRows
{
    public static MutationResult Write(
        Instance instance, Collection collection, Partition partition, IReadOnlyList<FieldData> given, int rows, bool upsert)
    {
        ulong now = instance.Clock.Next();
        List<long> rowIds = Enumerable.Range(0, rows).Select(_ => instance.NextId()).ToList();
        List<FieldData> columns = collection.Columns.Select(f => Column(f, given, rowIds)).ToList();
        FieldData keyColumn = columns.First(c => c.FieldId == collection.PrimaryKey.FieldID);
        List<PrimaryKey> keys = Enumerable.Range(0, rows).Select(i => InsertBatch.KeyAt(keyColumn, i)).ToList();
        foreach (IGrouping<VirtualChannel, int> lines in Enumerable.Range(0, rows).GroupBy(i => ShardOf(collection, keys[i])))
        {
            Rows.InsertRequest insert = new()
            {
                Base = new MsgBase { MsgType = MsgType.Insert, MsgID = instance.NextId(), Timestamp = now },
                ShardName = lines.Key.Name,
                CollectionID = collection.Id,
                PartitionID = partition.Id,
                NumRows = (ulong)lines.Count(),
                Version = Rows.InsertDataVersion.ColumnBased,
                Timestamps = { lines.Select(_ => now) },
                RowIDs = { lines.Select(i => rowIds[i]) },
                FieldsData = { columns.Select(c => Lines(collection, c, lines)) },
            };
            lines.Key.Buffer(new PendingMessage(insert, null, now, []));
        }

        if (upsert)
        {
            Delete(instance, collection, null, keys, now);
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

    public static MutationResult Delete(Instance instance, Collection collection, long? partition, Filter filter, IReadOnlyCollection<object>? named)
    {
        List<PrimaryKey> keys = named?.Select(k => k is string text ? new PrimaryKey(0, text) : new PrimaryKey(Convert.ToInt64(k, null), null)).ToList()
            ?? collection.Rows.Where(r => r.VisibleAt(ulong.MaxValue - 1) && FilterEvaluator.Fits(filter, new FilterRow(collection, r)))
                .Select(r => r.Key).Distinct().ToList();
        Delete(instance, collection, partition, keys, instance.Clock.Next());
        instance.TickItself();
        return new MutationResult { Status = new Status(), IDs = new IDs(), DeleteCnt = keys.Count };
    }

    private static void Delete(Instance instance, Collection collection, long? partition, List<PrimaryKey> keys, ulong now)
    {
        foreach (IGrouping<VirtualChannel, PrimaryKey> ofShard in keys.GroupBy(k => ShardOf(collection, k)))
        {
            Rows.DeleteRequest delete = new()
            {
                Base = new MsgBase { MsgType = MsgType.Delete, MsgID = instance.NextId(), Timestamp = now },
                PartitionID = partition ?? -1,
                PrimaryKeys = Ids(ofShard),
                Timestamps = { ofShard.Select(_ => now) },
                NumRows = ofShard.Count(),
            };
            ofShard.Key.Buffer(new PendingMessage(null, delete, now, []));
        }
    }

    private static VirtualChannel ShardOf(Collection collection, PrimaryKey key) =>
        collection.Shards[(int)(ShardOfKey.Hash(key) % (uint)collection.Shards.Count)];

    private static FieldData Column(FieldSchema field, IReadOnlyList<FieldData> given, List<long> rowIds)
    {
        FieldData? column = given.FirstOrDefault(c => field.IsDynamic ? c.IsDynamic : c.FieldName == field.Name)?.Clone();
        column ??= field.IsDynamic
            ? new FieldData { Scalars = new() { JsonData = new() { Data = { rowIds.Select(_ => ByteString.CopyFromUtf8("{}")) } } } }
            : field.DataType == DataType.VarChar
                ? new FieldData { Scalars = new() { StringData = new() { Data = { rowIds.Select(id => $"{id}") } } } }
                : new FieldData { Scalars = new() { LongData = new() { Data = { rowIds } } } };
        (column.FieldId, column.FieldName, column.Type, column.IsDynamic) = (field.FieldID, field.Name, field.DataType, field.IsDynamic);
        return column;
    }

    private static FieldData Lines(Collection collection, FieldData column, IEnumerable<int> lines) =>
        Columns.Gather(collection.Columns.First(f => f.FieldID == column.FieldId), lines.Select(line => (column, line)).ToList());

    private static IDs Ids(IEnumerable<PrimaryKey> keys)
    {
        List<PrimaryKey> list = keys.ToList();
        return list.Count > 0 && list[0].Text is not null
            ? new IDs { StrId = new StringArray { Data = { list.Select(k => k.Text!) } } }
            : new IDs { IntId = new LongArray { Data = { list.Select(k => k.Number) } } };
    }
}
