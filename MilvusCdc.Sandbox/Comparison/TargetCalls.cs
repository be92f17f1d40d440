using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Processes;
using MilvusPair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Comparison;

/// <summary>The calls with which a Milvus is read back.</summary>
internal sealed class TargetCalls : IDisposable
{
    private const int IndexNotExist = 700;

    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LoadInterval = TimeSpan.FromMilliseconds(50);

    private readonly GrpcChannel _channel;

    public TargetCalls(Uri target) => _channel = new GrpcChannel(new GrpcChannelOptions { Address = target });

    public void Dispose() => _channel.Dispose();

    public async Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellation) =>
        (await CallAsync("ListDatabases", new ListDatabasesRequest(), ListDatabasesResponse.Parser, answer => answer.Status, cancellation)).DbNames;

    public async Task<IReadOnlyList<string>> CollectionsAsync(string database, CancellationToken cancellation) =>
        (await CallAsync("ShowCollections", new ShowCollectionsRequest { DbName = database }, ShowCollectionsResponse.Parser, answer => answer.Status, cancellation)).CollectionNames;

    public Task<DescribeCollectionResponse> DescribeAsync(string database, string collection, CancellationToken cancellation) => CallAsync(
        "DescribeCollection", new DescribeCollectionRequest { DbName = database, CollectionName = collection }, DescribeCollectionResponse.Parser, answer => answer.Status, cancellation);

    public async Task<IReadOnlyList<string>> PartitionsAsync(string database, string collection, CancellationToken cancellation) =>
        (await CallAsync("ShowPartitions", new ShowPartitionsRequest { DbName = database, CollectionName = collection }, ShowPartitionsResponse.Parser, answer => answer.Status, cancellation)).PartitionNames;

    public async Task<IReadOnlyList<IndexName>> IndexesAsync(string database, string collection, CancellationToken cancellation)
    {
        DescribeIndexResponse answer = await CallAsync(
            "DescribeIndex", new DescribeIndexRequest { DbName = database, CollectionName = collection }, DescribeIndexResponse.Parser, answer => answer.Status, cancellation, IndexNotExist);
        return [.. answer.IndexDescriptions.Select(index => new IndexName(index.IndexName, index.FieldName))];
    }

    /// <summary><c>Loaded</c>, <c>Loading</c>, <c>NotLoad</c> or <c>NotExist</c>.</summary>
    public async Task<string> LoadStateAsync(string database, string collection, CancellationToken cancellation)
    {
        GetLoadStateResponse answer = await CallAsync(
            "GetLoadState", new GetLoadStateRequest { DbName = database, CollectionName = collection }, GetLoadStateResponse.Parser, answer => answer.Status, cancellation);
        string name = answer.State.ToString();
        return name.StartsWith("LoadState", StringComparison.Ordinal) ? name["LoadState".Length..] : name;
    }

    public Task CreateIndexAsync(string database, string collection, FieldSchema field, string name, CancellationToken cancellation)
    {
        bool binary = field.DataType == DataType.BinaryVector, sparse = field.DataType == DataType.SparseFloatVector;
        CreateIndexRequest request = new() { DbName = database, CollectionName = collection, FieldName = field.Name, IndexName = name };
        request.ExtraParams.Add(new MilvusPair { Key = "index_type", Value = binary ? "BIN_FLAT" : sparse ? "SPARSE_INVERTED_INDEX" : "FLAT" });
        request.ExtraParams.Add(new MilvusPair { Key = "metric_type", Value = binary ? "HAMMING" : sparse ? "IP" : "L2" });
        request.ExtraParams.Add(new MilvusPair { Key = "params", Value = "{}" });
        return CallAsync("CreateIndex", request, Status.Parser, answer => answer, cancellation);
    }

    public Task DropIndexAsync(string database, string collection, string field, string name, CancellationToken cancellation) => CallAsync(
        "DropIndex", new DropIndexRequest { DbName = database, CollectionName = collection, FieldName = field, IndexName = name }, Status.Parser, answer => answer, cancellation);

    /// <summary>Loads a collection and waits until it is.</summary>
    public async Task LoadAsync(string database, string collection, CancellationToken cancellation)
    {
        await CallAsync("LoadCollection", new LoadCollectionRequest { DbName = database, CollectionName = collection, ReplicaNumber = 1 }, Status.Parser, answer => answer, cancellation);
        long started = TimeProvider.System.GetTimestamp();
        while (await LoadStateAsync(database, collection, cancellation) != "Loaded")
        {
            if (TimeProvider.System.GetElapsedTime(started) > LoadDeadline)
            {
                throw new SandboxException($"{database}/{collection} was not loaded within {LoadDeadline.TotalSeconds:0} s on the target at {_channel.Address}; do ticks reach its channels?");
            }

            await Task.Delay(LoadInterval, TimeProvider.System, cancellation);
        }
    }

    public Task ReleaseAsync(string database, string collection, CancellationToken cancellation) =>
        CallAsync("ReleaseCollection", new ReleaseCollectionRequest { DbName = database, CollectionName = collection }, Status.Parser, answer => answer, cancellation);

    public Task<QueryResults> QueryAsync(QueryRequest query, CancellationToken cancellation) => CallAsync("Query", query, QueryResults.Parser, answer => answer.Status, cancellation);

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        string method, TRequest request, MessageParser<TResponse> parser, Func<TResponse, Status?> statusOf, CancellationToken cancellation, int allowed = 0)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            TResponse answer = await _channel.UnaryAsync($"/milvus.proto.milvus.MilvusService/{method}", request, parser, new GrpcCallOptions(CallDeadline), cancellation);
            return statusOf(answer) is not { } status || (status.Code == 0 && status.ErrorCode == ErrorCode.Success) || status.Code == allowed
                ? answer
                : throw new SandboxException($"The target at {_channel.Address} refused {method}: {status.Reason} ({status.Code}/{status.ErrorCode}).");
        }
        catch (GrpcException fault)
        {
            throw new SandboxException($"The target at {_channel.Address} did not answer {method}: {fault.Status}: {fault.Detail.TrimEnd('.')}.", fault);
        }
    }
}
