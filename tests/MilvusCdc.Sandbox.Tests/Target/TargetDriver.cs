using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target;
using CreateCollectionRequest = MilvusCdc.Protocol.Milvus.Api.CreateCollectionRequest;
using DeleteRequest = MilvusCdc.Protocol.Milvus.Msg.DeleteRequest;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>Says to a stand-in what a CDC writer says: calls, elements, ticks. Collections have the fields id, val and v (dim 4).</summary>
internal sealed class TargetDriver(StandInHandler handle)
{
    public TargetDriver(StandInMilvus milvus)
        : this(milvus.HandleAsync)
    {
    }

    private static readonly Dictionary<string, string> NoHeaders = [];
    private long _nextMessageId = 1_000_000;

    public async Task<T> CallAsync<T>(string method, IMessage request, CancellationToken cancellation = default)
        where T : IMessage<T>, new()
    {
        T response = new();
        response.MergeFrom((await handle(method, request.ToByteArray(), NoHeaders, cancellation)).Span);
        return response;
    }

    public async Task DoAsync(string method, IMessage request)
    {
        Status status = await CallAsync<Status>(method, request);
        Assert.True(status.Code == 0, $"{method}: {status.Code} {status.Reason}");
    }

    public async Task<DescribeCollectionResponse> CreateAsync(string name, ulong createdAt = 1, int shards = 1, bool texts = false, Action<CollectionSchema>? more = null)
    {
        CollectionSchema schema = new() { Name = name };
        schema.Fields.Add(new FieldSchema { Name = "id", IsPrimaryKey = true, DataType = texts ? DataType.VarChar : DataType.Int64 });
        schema.Fields.Add(new FieldSchema { Name = "val", DataType = DataType.Int64 });
        schema.Fields.Add(new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new KeyValuePair { Key = "dim", Value = "4" } } });
        more?.Invoke(schema);
        await DoAsync("CreateCollection", new CreateCollectionRequest
        {
            Base = new MsgBase { ReplicateInfo = new ReplicateInfo { IsReplicate = true, MsgTimestamp = createdAt } },
            CollectionName = name,
            Schema = schema.ToByteString(),
            ShardsNum = shards,
        });
        return await DescribeAsync(name);
    }

    public Task<DescribeCollectionResponse> DescribeAsync(string name) =>
        CallAsync<DescribeCollectionResponse>("DescribeCollection", new DescribeCollectionRequest { CollectionName = name });

    public async Task LoadAsync(string name)
    {
        await IndexAsync(name);
        await DoAsync("LoadCollection", new LoadCollectionRequest { CollectionName = name, ReplicaNumber = 1 });
    }

    public Task IndexAsync(string name) => DoAsync("CreateIndex", new CreateIndexRequest
    {
        CollectionName = name,
        FieldName = "v",
        ExtraParams = { new KeyValuePair { Key = "index_type", Value = "FLAT" }, new KeyValuePair { Key = "metric_type", Value = "L2" } },
    });

    /// <summary>A created, ticked and loaded collection of one shard.</summary>
    public async Task<DescribeCollectionResponse> ReadyAsync(string name = "c", int shards = 1)
    {
        DescribeCollectionResponse collection = await CreateAsync(name, 1, shards);
        await LoadAsync(name);
        foreach (string channel in collection.PhysicalChannelNames)
        {
            await ReplicateAsync(channel, Tick(2));
        }

        return collection;
    }

    public async Task<ReplicateMessageResponse> SendAsync(string channel, params IMessage[] elements) =>
        await CallAsync<ReplicateMessageResponse>("ReplicateMessage", new ReplicateMessageRequest
        {
            ChannelName = channel,
            Msgs = { elements.Select(e => e.ToByteString()) },
        });

    public async Task ReplicateAsync(string channel, params IMessage[] elements)
    {
        ReplicateMessageResponse response = await SendAsync(channel, elements);
        Assert.True(response.Status.Code == 0, $"ReplicateMessage: {response.Status.Code} {response.Status.Reason}");
    }

    public static TimeTickMsg Tick(ulong timestamp) => new() { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = timestamp } };

    public InsertRequest Insert(
        DescribeCollectionResponse collection, ulong timestamp, long value, IEnumerable<object> keys, int shard = 0, long? partition = null, long? messageId = null)
    {
        List<object> ids = keys.ToList();
        FieldData key = new() { FieldId = 100, FieldName = "id" };
        if (ids.Any(k => k is string))
        {
            key.Type = DataType.VarChar;
            key.Scalars = new ScalarField { StringData = new StringArray { Data = { ids.Cast<string>() } } };
        }
        else
        {
            key.Type = DataType.Int64;
            key.Scalars = new ScalarField { LongData = new LongArray { Data = { ids.Select(k => Convert.ToInt64(k, null)) } } };
        }

        return new InsertRequest
        {
            Base = new MsgBase { MsgType = MsgType.Insert, MsgID = messageId ?? _nextMessageId++, Timestamp = timestamp },
            ShardName = collection.VirtualChannelNames[shard],
            CollectionID = collection.CollectionID,
            PartitionID = partition ?? collection.CollectionID + 1,
            Timestamps = { ids.Select(_ => timestamp) },
            RowIDs = { ids.Select((_, i) => (long)i) },
            NumRows = (ulong)ids.Count,
            Version = InsertDataVersion.ColumnBased,
            FieldsData =
            {
                key,
                new FieldData { Type = DataType.Int64, FieldId = 101, FieldName = "val", Scalars = new ScalarField { LongData = new LongArray { Data = { ids.Select(_ => value) } } } },
                new FieldData
                {
                    Type = DataType.FloatVector,
                    FieldId = 102,
                    FieldName = "v",
                    Vectors = new VectorField { Dim = 4, FloatVector = new FloatArray { Data = { Enumerable.Repeat(0.5f, 4 * ids.Count) } } },
                },
            },
        };
    }

    public DeleteRequest Delete(DescribeCollectionResponse collection, ulong timestamp, IEnumerable<long> keys, int shard = 0, long partition = -1, long? messageId = null)
    {
        List<long> ids = keys.ToList();
        return new DeleteRequest
        {
            Base = new MsgBase { MsgType = MsgType.Delete, MsgID = messageId ?? _nextMessageId++, Timestamp = timestamp },
            ShardName = collection.VirtualChannelNames[shard],
            CollectionID = collection.CollectionID,
            PartitionID = partition,
            Timestamps = { ids.Select(_ => timestamp) },
            NumRows = ids.Count,
            PrimaryKeys = new IDs { IntId = new LongArray { Data = { ids } } },
        };
    }

    public Task<QueryResults> QueryAsync(
        string name, string expression = "id >= 0", ConsistencyLevel level = ConsistencyLevel.Eventually, CancellationToken cancellation = default) =>
        CallAsync<QueryResults>("Query", new QueryRequest
        {
            CollectionName = name,
            Expr = expression,
            OutputFields = { "id", "val" },
            ConsistencyLevel = level,
            QueryParams = { new KeyValuePair { Key = "limit", Value = "1000" } },
        }, cancellation);

    /// <summary>"key=val key=val …" of what a query shows.</summary>
    public async Task<string> RowsAsync(string name, ConsistencyLevel level = ConsistencyLevel.Eventually)
    {
        QueryResults results = await QueryAsync(name, level: level);
        Assert.True(results.Status.Code == 0, results.Status.Reason);
        return string.Join(' ', Longs(results, "id").Zip(Longs(results, "val")).Select(r => $"{r.First}={r.Second}"));
    }

    public async Task<long> CountAsync(string name, string expression = "")
    {
        QueryResults results = await CallAsync<QueryResults>("Query", new QueryRequest
        {
            CollectionName = name,
            Expr = expression,
            OutputFields = { "count(*)" },
            ConsistencyLevel = ConsistencyLevel.Eventually,
        });
        return Longs(results, "count(*)").Single();
    }

    private static IEnumerable<long> Longs(QueryResults results, string field) => results.FieldsData.First(f => f.FieldName == field).Scalars.LongData.Data;
}
