using Google.Protobuf;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Cli.Tests;

/// <summary>Makes a collection on a target that is none of the source's.</summary>
internal static class Clash
{
    public static async Task CreateAsync(Uri target, string name)
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = target });
        CollectionSchema schema = new() { Name = name };
        schema.Fields.Add(new FieldSchema { FieldID = 100, Name = "isbn", IsPrimaryKey = true, DataType = DataType.Int64 });
        FieldSchema vector = new() { FieldID = 101, Name = "cover", DataType = DataType.FloatVector };
        vector.TypeParams.Add(new KeyValuePair { Key = "dim", Value = "4" });
        schema.Fields.Add(vector);
        await client.CallAsync(MilvusMethods.CreateCollection, new CreateCollectionRequest { CollectionName = name, Schema = schema.ToByteString(), ShardsNum = 1 }, null, default);
    }
}
