using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>What a CreateCollection request must be before anything is made.</summary>
internal static class SchemaCheck
{
    private const int MaxShards = 16;
    private const int MaxPartitions = 4096;
    private const int DefaultPartitionKeyPartitions = 64;
    private static readonly string[] SystemFields = ["RowID", "Timestamp", Names.Dynamic];

    /// <summary>The schema as Milvus keeps it: field ids from 100 in list order, whatever the request says.</summary>
    public static CollectionSchema Read(CreateCollectionRequest request)
    {
        CollectionSchema schema = Parse(request.Schema);
        if (request.ShardsNum > MaxShards)
        {
            throw Refusal.Unexpected($"maximum shards's number should be limited to {MaxShards}");
        }

        Names.CheckCollection(request.CollectionName);
        if (schema.Fields.Any(f => f.IsDynamic))
        {
            throw Refusal.Unexpected("cannot explicitly set a field as a dynamic field");
        }

        if (schema.Fields.Count(f => f.IsPrimaryKey) != 1)
        {
            throw Refusal.Unexpected("primary key is not specified");
        }

        if (schema.Fields.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw Refusal.BadParameter($"duplicated field name {twice.Key} found");
        }

        if (request.NumPartitions > 0 && !schema.Fields.Any(f => f.IsPartitionKey))
        {
            throw Refusal.Unexpected("num_partitions should only be specified with partition key field enabled");
        }

        CheckSystemFields(schema);
        for (int i = 0; i < schema.Fields.Count; i++)
        {
            schema.Fields[i].FieldID = 100 + i;
        }

        schema.Name = request.CollectionName;

        // The old place of what the primary key's field says by now; a real server empties it.
        schema.AutoID = false;
        return schema;
    }

    public static int Partitions(CreateCollectionRequest request, CollectionSchema schema)
    {
        if (!schema.Fields.Any(f => f.IsPartitionKey))
        {
            return 1;
        }

        long count = request.NumPartitions == 0 ? DefaultPartitionKeyPartitions : request.NumPartitions;
        return count <= MaxPartitions
            ? (int)count
            : throw Refusal.Unexpected($"partition number ({count}) exceeds max configuration ({MaxPartitions}), collection: {request.CollectionName}");
    }

    /// <summary>Equal in all that Milvus compares when a collection is created again: description counts, ids do not.</summary>
    public static bool Same(CollectionSchema one, CollectionSchema other)
    {
        CollectionSchema a = one.Clone();
        CollectionSchema b = other.Clone();
        (a.DbName, b.DbName, a.Name, b.Name) = ("", "", "", "");
        return a.Equals(b);
    }

    private static CollectionSchema Parse(ByteString bytes)
    {
        try
        {
            return CollectionSchema.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal.Unexpected(Refusal.BadWireFormat);
        }
    }

    private static void CheckSystemFields(CollectionSchema schema)
    {
        if (schema.Fields.Any(f => SystemFields.Contains(f.Name)))
        {
            throw Refusal.BadParameter(
                $"schema contains system field: {string.Join(", ", SystemFields)}", "schema don't contains system field", "contains");
        }
    }
}
