using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Target.Replicate;

/// <summary>Checks a Delete as its readers would meet it.</summary>
internal static class DeleteCheck
{
    public static Finding? Of(DeleteRequest delete, Collection? collection, string channel)
    {
        if (collection is null)
        {
            return new(PoisonKind.UnknownId, $"a Delete for collection {delete.CollectionID}, which does not exist, is ignored", false);
        }

        int keys = Keys(delete);
        if (delete.NumRows != keys)
        {
            return new(PoisonKind.IgnoredDelete, $"a Delete in {collection.Name} with num_rows {delete.NumRows} and {keys} keys is ignored", false);
        }

        if (delete.Timestamps.Count != keys)
        {
            return new(PoisonKind.MalformedDelete, $"a Delete in {collection.Name} has {keys} keys and {delete.Timestamps.Count} timestamps", true);
        }

        if (collection.Shards.Find(s => s.Name == delete.ShardName) is not { } shard)
        {
            return new(PoisonKind.UnknownShard, $"a Delete for '{delete.ShardName}', no shard of {collection.Name} ({collection.Id}), is ignored", false);
        }

        if (shard.Physical.Name != channel)
        {
            return new(PoisonKind.ShardOnOtherChannel, $"{delete.ShardName} is read on {shard.Physical.Name}, not on {channel}", false);
        }

        bool texts = collection.PrimaryKey.DataType == DataType.VarChar;
        if (keys > 0 && texts != (delete.PrimaryKeys?.IdFieldCase == IDs.IdFieldOneofCase.StrId))
        {
            return new(PoisonKind.IgnoredDelete, $"a Delete in {collection.Name} has keys of the wrong type and is ignored", false);
        }

        bool known = delete.PartitionID == -1 || collection.Partitions.Exists(p => p.Id == delete.PartitionID)
            || collection.DroppedPartitions.Contains(delete.PartitionID);
        return known ? null : new(
            PoisonKind.UnknownId, $"a Delete for partition {delete.PartitionID}, which {collection.Name} does not have, is ignored", false);
    }

    private static int Keys(DeleteRequest delete) => delete.PrimaryKeys?.IdFieldCase switch
    {
        IDs.IdFieldOneofCase.StrId => delete.PrimaryKeys.StrId.Data.Count,
        IDs.IdFieldOneofCase.IntId => delete.PrimaryKeys.IntId.Data.Count,
        _ => delete.Int64PrimaryKeys.Count,
    };
}
