using System.Text.Json;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>
/// Values of the data and query coordinators' keys, by hand: their messages are no part of Milvus's public contract, and MilvusCdc reads none of them (milvus-source-formats.md §1.4).
/// </summary>
internal static class CoordinatorValues
{
    private const int Loading = 1;
    private const int Loaded = 2;
    private const int LoadPartition = 1;
    private const int LoadCollection = 2;

    /// <summary>indexpb.FieldIndex.</summary>
    public static byte[] Index(Collection collection, CollectionIndex index, ulong created, bool deleted)
    {
        FieldSchema field = collection.Schema.Fields.First(one => one.Name == index.Field);
        byte[] info = Wire.Message(message =>
        {
            message.Number(1, collection.Id);
            message.Number(2, field.FieldID);
            message.Text(3, index.Name);
            message.Number(4, index.Id);
            message.Pairs(5, field.TypeParams.Where(pair => pair.Key is "dim" or "max_length"));
            message.Pairs(6, Parameters(index, field));
            message.Pairs(12, index.Parameters);
        });
        return Wire.Message(message =>
        {
            message.Bytes(1, info);
            message.Number(2, deleted ? 1 : 0);
            message.Number(3, (long)created);
        });
    }

    /// <summary>querypb.CollectionLoadInfo.</summary>
    public static byte[] CollectionLoad(Collection collection, bool done) => Wire.Message(message =>
    {
        message.Number(1, collection.Id);
        message.Number(3, collection.Load!.Replicas);
        message.Number(4, done ? Loaded : Loading);
        FieldIndexes(message, collection);
        message.Number(6, collection.Load.Whole ? LoadCollection : LoadPartition);
    });

    /// <summary>querypb.PartitionLoadInfo.</summary>
    public static byte[] PartitionLoad(Collection collection, Partition partition, bool done) => Wire.Message(message =>
    {
        message.Number(1, collection.Id);
        message.Number(2, partition.Id);
        message.Number(3, collection.Load!.Replicas);
        message.Number(4, done ? Loaded : Loading);
        FieldIndexes(message, collection);
    });

    /// <summary>querypb.PartitionLoadInfo of a partition that was made in a loaded collection.</summary>
    public static byte[] NewPartitionLoad(Collection collection, Partition partition) => Wire.Message(message =>
    {
        message.Number(1, collection.Id);
        message.Number(2, partition.Id);
        message.Number(4, Loaded);
    });

    /// <summary>querypb.Replica.</summary>
    public static byte[] Replica(Collection collection, long replica) => Wire.Message(message =>
    {
        message.Number(1, replica);
        message.Number(2, collection.Id);
        message.Bytes(3, [(byte)SourceMilvus.NodeId]);
        message.Text(4, "__default_resource_group");
    });

    private static void FieldIndexes(Wire message, Collection collection)
    {
        foreach (CollectionIndex index in collection.Indexes)
        {
            message.Bytes(5, Wire.Message(pair =>
            {
                pair.Number(1, collection.Schema.Fields.First(one => one.Name == index.Field).FieldID);
                pair.Number(2, index.Id);
            }));
        }
    }

    /// <summary>What the client said, its JSON "params" spread.</summary>
    private static IEnumerable<KeyValuePair> Parameters(CollectionIndex index, FieldSchema field)
    {
        if (index.Parameters.Count == 0)
        {
            yield return new KeyValuePair { Key = "index_type", Value = field.DataType == DataType.VarChar ? "Trie" : "STL_SORT" };
        }

        foreach (KeyValuePair pair in index.Parameters)
        {
            if (pair.Key != "params")
            {
                yield return pair;
                continue;
            }

            using JsonDocument inner = JsonDocument.Parse(pair.Value);
            foreach (JsonProperty property in inner.RootElement.EnumerateObject())
            {
                yield return new KeyValuePair { Key = property.Name, Value = property.Value.ToString() };
            }
        }
    }
}
