using System.Runtime.InteropServices;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Query;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Tests.Target;

public sealed class SearchTests
{
    [Theory]
    [InlineData("L2", 1f)]
    [InlineData("IP", 3f)]
    [InlineData("COSINE", 0.94868f)]
    public void Score_of_two_dense_vectors_is_that_of_the_metric(string metric, float score)
    {
        VectorDistance distance = new(DataType.FloatVector, metric);
        Assert.Equal(score, distance.Score(Bytes([1, 2]), Bytes([1, 1])), 5);
        Assert.Equal(metric != "L2", distance.LargerIsNearer);
    }

    [Theory]
    [InlineData("HAMMING", 3f)]
    [InlineData("JACCARD", 0.6f)]
    public void Score_of_two_binary_vectors_is_that_of_the_metric(string metric, float score) =>
        Assert.Equal(score, new VectorDistance(DataType.BinaryVector, metric).Score([0b0001_1110], [0b0011_0010]), 5);

    [Fact]
    public void Score_of_sparse_vectors_is_their_inner_product()
    {
        byte[] one = [.. BitConverter.GetBytes(3u), .. BitConverter.GetBytes(2f), .. BitConverter.GetBytes(9u), .. BitConverter.GetBytes(5f)];
        byte[] other = [.. BitConverter.GetBytes(9u), .. BitConverter.GetBytes(0.5f)];
        Assert.Equal(2.5f, new VectorDistance(DataType.SparseFloatVector, "IP").Score(one, other));
    }

    [Fact]
    public void A_metric_of_other_vectors_is_refused() => Assert.Throws<RefusalException>(() => new VectorDistance(DataType.BinaryVector, "L2"));

    [Fact]
    public async Task Nearest_rows_that_fit_the_filter_come_first_each_query_with_its_own()
    {
        (StandInMilvus milvus, TargetDriver driver) = await ShopAsync();
        SearchResults found = await driver.CallAsync<SearchResults>("Search", Search("id < 4", topk: 2, [1.1f, 0], [3, 0]));

        Assert.Equal(0, found.Status.Code);
        Assert.Equal([1L, 2L, 3L, 2L], found.Results.Ids.IntId.Data);
        Assert.Equal([2L, 2L], found.Results.Topks);
        Assert.Equal([0.01f, 0.81f, 0f, 1f], found.Results.Scores.Select(score => MathF.Round(score, 3)));
        Assert.Equal(["one", "two", "three", "two"], found.Results.FieldsData.Single().Scalars.StringData.Data);
        Assert.NotNull(milvus);
    }

    [Fact]
    public async Task Radius_offset_and_metric_are_obeyed_or_refused()
    {
        (_, TargetDriver driver) = await ShopAsync();
        SearchRequest ring = Search("", topk: 10, [0, 0]);
        ring.SearchParams.Add(new KeyValuePair { Key = "params", Value = "{\"radius\":10,\"range_filter\":2}" });
        Assert.Equal([2L, 3L], (await driver.CallAsync<SearchResults>("Search", ring)).Results.Ids.IntId.Data);

        SearchRequest second = Search("", topk: 1, [0, 0]);
        second.SearchParams.Add(new KeyValuePair { Key = "offset", Value = "1" });
        Assert.Equal([2L], (await driver.CallAsync<SearchResults>("Search", second)).Results.Ids.IntId.Data);

        SearchRequest other = Search("", topk: 1, [0, 0]);
        other.SearchParams.Add(new KeyValuePair { Key = "metric_type", Value = "IP" });
        Assert.Equal(1100, (await driver.CallAsync<SearchResults>("Search", other)).Status.Code);
        Assert.Equal(65535, (await driver.CallAsync<SearchResults>("Search", Search("", topk: 1, [0, 0, 0]))).Status.Code);
    }

    /// <summary>Rows 1 to 5 at (id, 0), on an ordinary instance.</summary>
    private static async Task<(StandInMilvus Milvus, TargetDriver Driver)> ShopAsync()
    {
        StandInMilvus milvus = new(new StandInOptions { TtMsgEnabled = true });
        TargetDriver driver = new(milvus);
        CollectionSchema schema = new()
        {
            Name = "shop",
            Fields =
            {
                new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true },
                new FieldSchema { Name = "title", DataType = DataType.VarChar, TypeParams = { new KeyValuePair { Key = "max_length", Value = "9" } } },
                new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new KeyValuePair { Key = "dim", Value = "2" } } },
            },
        };
        await driver.DoAsync("CreateCollection", new CreateCollectionRequest { CollectionName = "shop", Schema = schema.ToByteString(), ShardsNum = 2 });
        await driver.LoadAsync("shop");
        MutationResult inserted = await driver.CallAsync<MutationResult>("Insert", new InsertRequest
        {
            CollectionName = "shop",
            NumRows = 5,
            FieldsData =
            {
                SourceColumn.Longs("id", [1, 2, 3, 4, 5]), SourceColumn.Texts("title", ["one", "two", "three", "four", "five"]),
                SourceColumn.FloatVectors("v", 2, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]),
            },
        });
        Assert.Equal(0, inserted.Status.Code);
        return (milvus, driver);
    }

    private static SearchRequest Search(string filter, int topk, params float[][] vectors)
    {
        PlaceholderValue value = new() { Tag = "$0", Type = PlaceholderType.PlaceholderFloatVector, Values = { vectors.Select(vector => ByteString.CopyFrom(Bytes(vector))) } };
        return new SearchRequest
        {
            CollectionName = "shop",
            Dsl = filter,
            PlaceholderGroup = new PlaceholderGroup { Placeholders = { value } }.ToByteString(),
            Nq = vectors.Length,
            OutputFields = { "title" },
            SearchParams = { new KeyValuePair { Key = "topk", Value = $"{topk}" }, new KeyValuePair { Key = "anns_field", Value = "v" } },
        };
    }

    private static byte[] Bytes(float[] numbers) => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();
}
