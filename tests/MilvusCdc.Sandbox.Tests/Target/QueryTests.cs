using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>Filters, output fields and value types of Query and Dump.</summary>
public class QueryTests
{
    private static readonly string[] Meta = ["""{"stock":1,"tags":["a","b"]}""", """{"stock":2}""", "{}"];

    [Theory]
    [InlineData("id in [1, 3]", "1,3")]
    [InlineData("id not in [1]", "2,3")]
    [InlineData("id == 2", "2")]
    [InlineData("id != -1", "1,2,3")]
    [InlineData("1 < id <= 3", "2,3")]
    [InlineData("id >= 1 and id < 3", "1,2")]
    [InlineData("id == 1 || id == 3 && val > 100", "1")]
    [InlineData("not (id == 1)", "2,3")]
    [InlineData("val + 1 == 3", "2")]
    [InlineData("price > 1.25", "2,3")]
    [InlineData("flag == true", "1,3")]
    [InlineData("title == 'book 2'", "2")]
    [InlineData("title like \"book%\"", "1,2,3")]
    [InlineData("title in [\"book 1\", 'x']", "1")]
    [InlineData("stock == 2", "2")]
    [InlineData("$meta[\"stock\"] < 2", "1")]
    [InlineData("exists stock", "1,2")]
    [InlineData("json_contains(tags, 'b')", "1")]
    [InlineData("nosuch > 1", "")]
    [InlineData("list[0] == 20", "2")]
    [InlineData("array_contains(list, 31)", "3")]
    [InlineData("array_length(list) == 2", "1,2,3")]
    public async Task Filters_choose_rows(string expression, string ids)
    {
        TargetDriver driver = await BooksAsync();

        QueryResults results = await driver.CallAsync<QueryResults>("Query", new QueryRequest
        {
            CollectionName = "books",
            Expr = expression,
            ConsistencyLevel = ConsistencyLevel.Eventually,
        });

        Assert.Equal((0, ""), (results.Status.Code, results.Status.Reason));
        Assert.Equal(ids, string.Join(',', results.FieldsData.Single().Scalars.LongData.Data));
    }

    [Theory]
    [InlineData("id >")]
    [InlineData("id == 'x")]
    [InlineData("(id == 1")]
    [InlineData("id in [val]")]
    public async Task What_is_no_expression_is_refused(string expression)
    {
        TargetDriver driver = await BooksAsync();

        QueryResults results = await driver.QueryAsync("books", expression);

        Assert.Equal(65535, results.Status.Code);
        Assert.StartsWith($"cannot parse expression: {expression}", results.Status.Reason);
    }

    [Fact]
    public async Task A_star_gives_every_column_with_its_type_and_limit_and_offset_cut_by_key()
    {
        TargetDriver driver = await BooksAsync();

        QueryResults results = await driver.CallAsync<QueryResults>("Query", new QueryRequest
        {
            CollectionName = "books",
            OutputFields = { "*" },
            ConsistencyLevel = ConsistencyLevel.Eventually,
            QueryParams = { new KeyValuePair { Key = "limit", Value = "1" }, new KeyValuePair { Key = "offset", Value = "1" } },
        });

        Assert.Equal(["id", "val", "v", "price", "flag", "title", "list", "bin", "half", "$meta"], results.FieldsData.Select(f => f.FieldName));
        Dictionary<string, FieldData> column = results.FieldsData.ToDictionary(f => f.FieldName);
        Assert.Equal([2L], column["id"].Scalars.LongData.Data);
        Assert.Equal([1.5], column["price"].Scalars.DoubleData.Data);
        Assert.Equal([false], column["flag"].Scalars.BoolData.Data);
        Assert.Equal([20, 21], column["list"].Scalars.ArrayData.Data[0].IntData.Data);
        Assert.Equal(new byte[] { 2, 2 }, column["bin"].Vectors.BinaryVector.ToByteArray());
        Assert.Equal(4, column["half"].Vectors.Float16Vector.Length);
        Assert.Equal(4, column["v"].Vectors.FloatVector.Data.Count);
        Assert.True(column["$meta"].IsDynamic);
    }

    [Fact]
    public async Task A_key_of_the_dynamic_field_comes_inside_meta()
    {
        TargetDriver driver = await BooksAsync();

        QueryResults results = await driver.CallAsync<QueryResults>("Query", new QueryRequest
        {
            CollectionName = "books",
            Expr = "id > 0",
            OutputFields = { "stock" },
            ConsistencyLevel = ConsistencyLevel.Eventually,
        });

        FieldData meta = results.FieldsData.Single(f => f.FieldName == "$meta");
        Assert.Equal(["""{"stock":1}""", """{"stock":2}""", "{}"], meta.Scalars.JsonData.Data.Select(j => j.ToStringUtf8()));
    }

    [Fact]
    public async Task Dump_gives_values_by_name_and_snapshot_gives_the_rest()
    {
        StandInMilvus milvus = new();
        await BooksAsync(milvus);
        await new TargetDriver(milvus).DoAsync("CreateAlias", new CreateAliasRequest { CollectionName = "books", Alias = "b" });

        StoredRow row = milvus.Dump("default", "b")[0];
        CollectionState state = milvus.Snapshot().Databases["default"].Collections["books"];

        Assert.Equal((1L, "book 1", 0.5, Meta[0]), (row.Values["id"], row.Values["title"], row.Values["price"], row.Values["$meta"]));
        Assert.Equal(new byte[] { 1, 1 }, row.Values["bin"]);
        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], Assert.IsType<float[]>(row.Values["v"]));
        Assert.Equal((3L, "b", "v", LoadState.Loaded), (state.VisibleRows, state.Aliases.Single(), state.Indexes.Single().Field, state.Load));
    }

    [Fact]
    public async Task A_collection_is_described_by_its_id()
    {
        TargetDriver driver = await BooksAsync();
        long id = (await driver.DescribeAsync("books")).CollectionID;

        DescribeCollectionResponse found = await driver.CallAsync<DescribeCollectionResponse>("DescribeCollection", new DescribeCollectionRequest { CollectionID = id });
        DescribeCollectionResponse missing = await driver.CallAsync<DescribeCollectionResponse>("DescribeCollection", new DescribeCollectionRequest { CollectionID = 1 });

        Assert.Equal(("books", 100), (found.CollectionName, missing.Status.Code));
    }

    [Fact]
    public async Task An_ordinary_instance_takes_and_shows_rows_at_once()
    {
        TargetDriver driver = new(new StandInMilvus(new StandInOptions { TtMsgEnabled = true }));
        DescribeCollectionResponse c = await driver.CreateAsync("c", 0, 2);
        await driver.LoadAsync("c");
        InsertRequest rows = driver.Insert(c, 0, 7, [1L, 2L, 3L]);

        MutationResult inserted = await driver.CallAsync<MutationResult>(
            "Insert", new Protocol.Milvus.Api.InsertRequest { CollectionName = "c", FieldsData = { rows.FieldsData }, NumRows = 3 });
        MutationResult deleted = await driver.CallAsync<MutationResult>("Delete", new Protocol.Milvus.Api.DeleteRequest { CollectionName = "c", Expr = "id in [2]" });

        Assert.Equal((3L, 1L), (inserted.InsertCnt, deleted.DeleteCnt));
        Assert.Equal("1=7 3=7", await driver.RowsAsync("c", ConsistencyLevel.Strong));
    }

    private static async Task<TargetDriver> BooksAsync(StandInMilvus? milvus = null)
    {
        TargetDriver driver = new(milvus ?? new StandInMilvus());
        DescribeCollectionResponse books = await driver.CreateAsync("books", 1, more: schema =>
        {
            schema.EnableDynamicField = true;
            schema.Fields.Add(new FieldSchema { Name = "price", DataType = DataType.Double });
            schema.Fields.Add(new FieldSchema { Name = "flag", DataType = DataType.Bool });
            schema.Fields.Add(new FieldSchema { Name = "title", DataType = DataType.VarChar });
            schema.Fields.Add(new FieldSchema { Name = "list", DataType = DataType.Array, ElementType = DataType.Int32 });
            schema.Fields.Add(new FieldSchema { Name = "bin", DataType = DataType.BinaryVector, TypeParams = { new KeyValuePair { Key = "dim", Value = "16" } } });
            schema.Fields.Add(new FieldSchema { Name = "half", DataType = DataType.Float16Vector, TypeParams = { new KeyValuePair { Key = "dim", Value = "2" } } });
        });
        await driver.LoadAsync("books");
        InsertRequest rows = driver.Insert(books, 5, 0, [1L, 2L, 3L]);
        rows.FieldsData[1].Scalars = new ScalarField { LongData = new LongArray { Data = { 1, 2, 3 } } };
        Add(103, "price", new ScalarField { DoubleData = new DoubleArray { Data = { 0.5, 1.5, 2.5 } } });
        Add(104, "flag", new ScalarField { BoolData = new BoolArray { Data = { true, false, true } } });
        Add(105, "title", new ScalarField { StringData = new StringArray { Data = { "book 1", "book 2", "book 3" } } });
        Add(106, "list", new ScalarField { ArrayData = new ArrayArray { Data = { Numbers(10, 11), Numbers(20, 21), Numbers(30, 31) } } });
        rows.FieldsData.Add(new FieldData { FieldId = 107, FieldName = "bin", Vectors = new VectorField { Dim = 16, BinaryVector = ByteString.CopyFrom(1, 1, 2, 2, 3, 3) } });
        rows.FieldsData.Add(new FieldData { FieldId = 108, FieldName = "half", Vectors = new VectorField { Dim = 2, Float16Vector = ByteString.CopyFrom(new byte[12]) } });
        Add(109, "$meta", new ScalarField { JsonData = new JSONArray { Data = { Meta.Select(ByteString.CopyFromUtf8) } } });
        await driver.ReplicateAsync(books.PhysicalChannelNames[0], rows, TargetDriver.Tick(10));
        return driver;

        void Add(long id, string name, ScalarField values) => rows.FieldsData.Add(new FieldData { FieldId = id, FieldName = name, Scalars = values });
        static ScalarField Numbers(int a, int b) => new() { IntData = new IntArray { Data = { a, b } } };
    }
}
