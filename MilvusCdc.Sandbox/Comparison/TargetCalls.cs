using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
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

    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LoadInterval = TimeSpan.FromMilliseconds(50);

    private readonly MilvusClient _client;

    public TargetCalls(Uri target) => _client = new MilvusClient(new MilvusClientOptions { Address = target });

    public void Dispose() => _client.Dispose();

    public async Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellation) =>
        (await CallAsync(MilvusMethods.ListDatabases, new ListDatabasesRequest(), cancellation)).DbNames;

    public async Task<IReadOnlyList<string>> CollectionsAsync(string database, CancellationToken cancellation) =>
        (await CallAsync(MilvusMethods.ShowCollections, new ShowCollectionsRequest { DbName = database }, cancellation)).CollectionNames;

    public Task<DescribeCollectionResponse> DescribeAsync(string database, string collection, CancellationToken cancellation) => CallAsync(
        MilvusMethods.DescribeCollection, new DescribeCollectionRequest { DbName = database, CollectionName = collection }, cancellation);

    public async Task<IReadOnlyList<string>> PartitionsAsync(string database, string collection, CancellationToken cancellation) =>
        (await CallAsync(MilvusMethods.ShowPartitions, new ShowPartitionsRequest { DbName = database, CollectionName = collection }, cancellation)).PartitionNames;

    public async Task<IReadOnlyList<IndexName>> IndexesAsync(string database, string collection, CancellationToken cancellation)
    {
        try
        {
            DescribeIndexResponse answer = await CallAsync(MilvusMethods.DescribeIndex, new DescribeIndexRequest { DbName = database, CollectionName = collection }, cancellation);
            return [.. answer.IndexDescriptions.Select(index => new IndexName(index.IndexName, index.FieldName))];
        }
        catch (SandboxException none) when (none.InnerException is MilvusException { Code: IndexNotExist })
        {
            return [];
        }
    }

    /// <summary><c>Loaded</c>, <c>Loading</c>, <c>NotLoad</c> or <c>NotExist</c>.</summary>
    public async Task<string> LoadStateAsync(string database, string collection, CancellationToken cancellation)
    {
        GetLoadStateResponse answer = await CallAsync(
            MilvusMethods.GetLoadState, new GetLoadStateRequest { DbName = database, CollectionName = collection }, cancellation);
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
        return CallAsync(MilvusMethods.CreateIndex, request, cancellation);
    }

    public Task DropIndexAsync(string database, string collection, string field, string name, CancellationToken cancellation) => CallAsync(
        MilvusMethods.DropIndex, new DropIndexRequest { DbName = database, CollectionName = collection, FieldName = field, IndexName = name }, cancellation);

    /// <summary>Loads a collection and waits until it is.</summary>
    public async Task LoadAsync(string database, string collection, CancellationToken cancellation)
    {
        await CallAsync(MilvusMethods.LoadCollection, new LoadCollectionRequest { DbName = database, CollectionName = collection, ReplicaNumber = 1 }, cancellation);
        long started = TimeProvider.System.GetTimestamp();
        while (await LoadStateAsync(database, collection, cancellation) != "Loaded")
        {
            if (TimeProvider.System.GetElapsedTime(started) > LoadDeadline)
            {
                throw new SandboxException($"{database}/{collection} was not loaded within {LoadDeadline.TotalSeconds:0} s on the target at {_client.Address}; do ticks reach its channels?");
            }

            await Task.Delay(LoadInterval, TimeProvider.System, cancellation);
        }
    }

    public Task ReleaseAsync(string database, string collection, CancellationToken cancellation) =>
        CallAsync(MilvusMethods.ReleaseCollection, new ReleaseCollectionRequest { DbName = database, CollectionName = collection }, cancellation);

    public Task<QueryResults> QueryAsync(QueryRequest query, CancellationToken cancellation) => CallAsync(MilvusMethods.Query, query, cancellation);

    private async Task<TResponse> CallAsync<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return await _client.CallAsync(method, request, null, cancellation);
        }
        catch (MilvusException fault)
        {
            throw new SandboxException($"The target at {_client.Address} refused {fault.Message}.", fault);
        }
        catch (GrpcException fault)
        {
            throw new SandboxException($"The target at {_client.Address} did not answer {method.Name}: {fault.Status}: {fault.Detail.TrimEnd('.')}.", fault);
        }
    }
}
