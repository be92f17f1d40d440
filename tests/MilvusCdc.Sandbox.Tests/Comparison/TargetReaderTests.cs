using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Tests.Comparison;

public sealed class TargetReaderTests : IAsyncLifetime, IDisposable
{
    private const ulong Created = 470638552119771143;

    private ulong _now = Created;
    private long _message = 1;
    private TargetServer _target = null!;
    private MilvusClient _client = null!;

    public async Task InitializeAsync()
    {
        _target = await TargetServer.StartAsync();
        _client = new MilvusClient(new MilvusClientOptions { Address = _target.Address });
    }

    public async Task DisposeAsync() => await _target.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(DataType.Int64)]
    [InlineData(DataType.VarChar)]
    public async Task Everything_is_read_back_and_left_as_it_was(DataType key)
    {
        DescribeCollectionResponse collection = await CreateAsync(key);
        await InsertAsync(collection, key, Enumerable.Range(-5, 1205));
        using TargetReader reader = new(_target.Address);

        TargetContent content = await reader.ReadAsync(CancellationToken.None);

        CollectionRows rows = content.Rows["default/things"];
        Assert.Equal((1205, 1205L, "id"), (rows.Rows.Count, rows.Count, rows.PrimaryField));
        Assert.Equal(1205, rows.Rows.Select(row => row.Fields["id"]).Distinct().Count());
        Assert.All(rows.Rows, row => Assert.Equal(("_default", "id,v"), (row.Partition, string.Join(',', row.Fields.Keys.Order(StringComparer.Ordinal)))));
        CollectionStructure structure = content.Structures["default/things"];
        Assert.Equal(("id,v", "_default", "NotLoad", 0), (string.Join(',', structure.Fields), string.Join(',', structure.Partitions), structure.Load, structure.Indexes.Count));
        CollectionState after = _target.Milvus.Snapshot().Databases["default"].Collections["things"];
        Assert.Equal((LoadState.NotLoad, 0), (after.Load, after.Indexes.Count));
    }

    [Fact]
    public async Task Doubled_rows_show_in_the_count()
    {
        DescribeCollectionResponse collection = await CreateAsync(DataType.Int64);
        await InsertAsync(collection, DataType.Int64, [1, 2, 3]);
        await InsertAsync(collection, DataType.Int64, [3]);
        using TargetReader reader = new(_target.Address);

        CollectionRows found = await reader.ReadAsync("default", "things", CancellationToken.None);
        CollectionRows expected = found with { Rows = [.. found.Rows.DistinctBy(row => row.Fields["id"])], Count = 3 };

        TableVerdict table = TableComparer.Compare(new Dictionary<string, CollectionRows> { ["a"] = expected }, new Dictionary<string, CollectionRows> { ["a"] = found }).Tables[0];
        Assert.Equal((TableOutcome.Different, 1L, 3L), (table.Verdict, table.Doubled, table.Expected));
    }

    private async Task<DescribeCollectionResponse> CreateAsync(DataType key)
    {
        CollectionSchema schema = new()
        {
            Name = "things",
            Fields =
            {
                new FieldSchema { Name = "id", DataType = key, IsPrimaryKey = true, TypeParams = { new[] { new Protocol.Milvus.Common.KeyValuePair { Key = "max_length", Value = "20" } } } },
                new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new Protocol.Milvus.Common.KeyValuePair { Key = "dim", Value = "2" } } },
            },
        };
        if (key == DataType.Int64)
        {
            schema.Fields[0].TypeParams.Clear();
        }

        Protocol.Milvus.Api.CreateCollectionRequest request = new()
        {
            CollectionName = "things",
            Schema = schema.ToByteString(),
            ShardsNum = 1,
            Base = new MsgBase { ReplicateInfo = new ReplicateInfo { IsReplicate = true, MsgTimestamp = Created } },
        };
        await _client.CallAsync(MilvusMethods.CreateCollection, request, null, CancellationToken.None);
        return await _client.CallAsync(MilvusMethods.DescribeCollection, new DescribeCollectionRequest { CollectionName = "things" }, null, CancellationToken.None);
    }

    private async Task InsertAsync(DescribeCollectionResponse collection, DataType key, IEnumerable<int> keys)
    {
        ShowPartitionsResponse partitions = await _client.CallAsync(MilvusMethods.ShowPartitions, new ShowPartitionsRequest { CollectionName = "things" }, null, CancellationToken.None);
        int[] ids = [.. keys];
        ulong timestamp = _now += 1 << 18, tick = _now += 1 << 18;
        Protocol.Milvus.Msg.InsertRequest insert = new()
        {
            Base = new MsgBase { MsgType = MsgType.Insert, MsgID = _message++, Timestamp = timestamp },
            ShardName = collection.VirtualChannelNames[0],
            CollectionName = "things",
            PartitionName = "_default",
            CollectionID = collection.CollectionID,
            PartitionID = partitions.PartitionIDs[0],
            Timestamps = { ids.Select(_ => timestamp) },
            RowIDs = { ids.Select(id => (long)id) },
            NumRows = (ulong)ids.Length,
            Version = InsertDataVersion.ColumnBased,
            FieldsData =
            {
                new FieldData
                {
                    Type = key,
                    FieldName = "id",
                    FieldId = 100,
                    Scalars = key == DataType.VarChar
                        ? new ScalarField { StringData = new StringArray { Data = { ids.Select(id => $"k\"{id}") } } }
                        : new ScalarField { LongData = new LongArray { Data = { ids.Select(id => (long)id) } } },
                },
                new FieldData
                {
                    Type = DataType.FloatVector,
                    FieldName = "v",
                    FieldId = 101,
                    Vectors = new VectorField { Dim = 2, FloatVector = new FloatArray { Data = { ids.SelectMany(id => (float[])[id, 0.1f]) } } },
                },
            },
        };
        TimeTickMsg end = new() { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = tick } };
        await _client.ReplicateAsync(
            new ReplicatePack
            {
                Channel = collection.PhysicalChannelNames[0],
                BeginTimestamp = timestamp,
                EndTimestamp = tick,
                Messages = [new ReadOnlySequence<byte>(insert.ToByteArray()), new ReadOnlySequence<byte>(end.ToByteArray())],
            },
            CancellationToken.None);
    }
}
