using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Replicate;

/// <summary>What is wrong with a message that a real server accepts and then dies of, or loses (target-behaviour.md 0.C, 0.D).</summary>
internal sealed record Finding(PoisonKind Kind, string What, bool Deadly);

/// <summary>Checks an Insert as the data node would meet it.</summary>
internal static class InsertCheck
{
    public static Finding? Of(InsertRequest insert, Collection collection, string channel)
    {
        if (insert.ShardName.Length == 0)
        {
            return new(PoisonKind.EmptyShardName, $"an Insert into {collection.Name} has no shardName", true);
        }

        return Shape(insert, collection) ?? Place(insert, collection, channel);
    }

    private static Finding? Place(InsertRequest insert, Collection collection, string channel)
    {
        if (collection.Shards.Find(s => s.Name == insert.ShardName) is not { } shard)
        {
            return new(PoisonKind.UnknownShard, $"{insert.ShardName} is no shard of {collection.Name} ({collection.Id})", false);
        }

        if (shard.Physical.Name != channel)
        {
            return new(PoisonKind.ShardOnOtherChannel, $"{insert.ShardName} is read on {shard.Physical.Name}, not on {channel}", false);
        }

        bool known = collection.Partitions.Exists(p => p.Id == insert.PartitionID) || collection.DroppedPartitions.Contains(insert.PartitionID);
        return known ? null : new(
            PoisonKind.UnknownId, $"{insert.NumRows} rows for partition {insert.PartitionID}, which {collection.Name} does not have, are lost", false);
    }

    private static Finding? Shape(InsertRequest insert, Collection collection)
    {
        if (insert.Version != InsertDataVersion.ColumnBased)
        {
            return Malformed("is row-based");
        }

        if ((ulong)insert.RowIDs.Count != insert.NumRows || (ulong)insert.Timestamps.Count != insert.NumRows)
        {
            return Malformed($"has num_rows {insert.NumRows}, {insert.RowIDs.Count} rowIDs and {insert.Timestamps.Count} timestamps");
        }

        HashSet<long> wanted = collection.Columns.Select(f => f.FieldID).ToHashSet();
        foreach (FieldData column in insert.FieldsData)
        {
            if (!wanted.Remove(column.FieldId))
            {
                return Malformed($"has a column '{column.FieldName}' with field_id {column.FieldId}, which the collection does not have or which came before");
            }

            if ((ulong)Columns.Rows(column) != insert.NumRows)
            {
                return Malformed($"has num_rows {insert.NumRows} and {Columns.Rows(column)} values in column '{column.FieldName}'");
            }
        }

        return wanted.Count == 0 ? null : Malformed($"lacks the columns with field_id {string.Join(", ", wanted.Order())}");

        Finding Malformed(string how) => new(PoisonKind.MalformedInsert, $"an Insert into {collection.Name} {how}", true);
    }
}
