using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using CollectionState = MilvusCdc.Protocol.Milvus.Meta.CollectionState;
using DatabaseState = MilvusCdc.Protocol.Milvus.Meta.DatabaseState;
using PartitionState = MilvusCdc.Protocol.Milvus.Meta.PartitionState;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>What stands in the keys (milvus-source-formats.md §1.4).</summary>
internal static class MetadataValues
{
    public static DatabaseInfo Database(Database database) =>
        new() { Name = database.Name, Id = database.Id, State = DatabaseState.DatabaseCreated, CreatedTime = (ulong)database.Created, Properties = { database.Properties } };

    /// <summary>Without fields and partitions: they have keys of their own.</summary>
    public static CollectionInfo Collection(Collection collection, IEnumerable<KeyDataPair> starts, CollectionState state, ulong updated) => new()
    {
        ID = collection.Id,
        Schema = new CollectionSchema
        {
            Name = collection.Name,
            Description = collection.Schema.Description,
            AutoID = collection.Schema.AutoID,
            EnableDynamicField = collection.Schema.EnableDynamicField,
        },
        CreateTime = collection.CreatedAt,
        VirtualChannelNames = { collection.Shards.Select(shard => shard.Name) },
        PhysicalChannelNames = { collection.Shards.Select(shard => shard.Physical.Name) },
        ShardsNum = collection.Shards.Count,
        StartPositions = { starts },
        ConsistencyLevel = collection.Level,
        State = state,
        Properties = { collection.Properties },
        DbId = collection.Database.Id,
        UpdateTimestamp = updated,
    };

    public static PartitionInfo Partition(Collection collection, Partition partition, PartitionState state) => new()
    {
        PartitionID = partition.Id,
        PartitionName = partition.Name,
        PartitionCreatedTimestamp = partition.CreatedAt,
        CollectionId = collection.Id,
        State = state,
    };

    public static AliasInfo Alias(string alias, Collection collection, ulong timestamp) => new()
    {
        AliasName = alias,
        CollectionId = collection.Id,
        CreatedTime = timestamp,
        DbId = collection.Database.Id,
    };

    /// <summary>The user's fields, the dynamic one, and the two that Milvus adds.</summary>
    public static IEnumerable<FieldSchema> Fields(Collection collection)
    {
        foreach (FieldSchema field in collection.Schema.Fields)
        {
            yield return field;
        }

        if (collection.Dynamic is { } dynamic)
        {
            yield return new FieldSchema { FieldID = dynamic.FieldID, Name = Names.Dynamic, Description = "dynamic schema", DataType = DataType.Json, IsDynamic = true };
        }

        yield return new FieldSchema { FieldID = 0, Name = "RowID", Description = "row id", DataType = DataType.Int64 };
        yield return new FieldSchema { FieldID = 1, Name = "Timestamp", Description = "time stamp", DataType = DataType.Int64 };
    }

    /// <summary>The schema as a CreateCollection message has it.</summary>
    public static CollectionSchema FullSchema(Collection collection)
    {
        CollectionSchema schema = collection.Schema.Clone();
        schema.Fields.Clear();
        schema.Fields.Add(Fields(collection));
        return schema;
    }

    public static byte[] User(string password) =>
        System.Text.Encoding.UTF8.GetBytes($$"""{"encrypted_password":"$2a$04$sandbox.{{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(ByteString.CopyFromUtf8(password).Span))}}"}""");
}
