using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using Polly;

namespace MilvusCdc.Core.Target;

/// <summary>Calls of the target's API that more than one part of the applier needs, each with the mark of a replicated request.</summary>
/// <param name="client">The target.</param>
/// <param name="guard">Throws when this worker may no longer write for the task.</param>
/// <param name="calls">What every call to the target goes through.</param>
/// <param name="counters">What counts the calls; null: nothing.</param>
internal sealed class TargetDdl(MilvusClient client, Action guard, ResiliencePipeline calls, TaskCounters? counters = null)
{
    private const int CollectionNotFound = 100;
    private const int DatabaseNotFound = 800;

    /// <summary>The base of a request made for a change at <paramref name="timestamp"/> of the source.</summary>
    public static MsgBase Replicated(ulong timestamp, MsgBase? kept = null)
    {
        MsgBase header = kept?.Clone() ?? new MsgBase();
        header.ReplicateInfo = new ReplicateInfo { IsReplicate = true, MsgTimestamp = timestamp };
        return header;
    }

    /// <summary>A request of the source, marked as replicated. Each request of Milvus has its base in field 1.</summary>
    public static T Replay<T>(T source, ulong timestamp)
        where T : IMessage<T>
    {
        T request = source.Clone();
        IFieldAccessor header = request.Descriptor.FindFieldByNumber(1).Accessor;
        header.SetValue(request, Replicated(timestamp, (MsgBase?)header.GetValue(request)));
        return request;
    }

    /// <summary>A request of the source about a collection, marked as replicated and with the collection's names on the target.</summary>
    public static T Replay<T>(T source, TargetCollection collection, ulong timestamp)
        where T : IMessage<T>
    {
        T request = Replay(source, timestamp);
        request.Descriptor.FindFieldByName("db_name").Accessor.SetValue(request, collection.Database);
        request.Descriptor.FindFieldByName("collection_name").Accessor.SetValue(request, collection.Name);
        return request;
    }

    /// <summary>One call with short retries.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        MilvusMethod<TRequest, TResponse> method, TRequest request, string? database, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        TResponse answer = await calls.ExecuteAsync(
            async token =>
            {
                guard();
                return await client.CallAsync(method, request, database, token);
            },
            cancellation);
        counters?.Called(method.Name);
        return answer;
    }

    /// <summary>The collection of that name, or null.</summary>
    public Task<DescribeCollectionResponse?> DescribeAsync(string database, string name, CancellationToken cancellation) =>
        DescribeAsync(new DescribeCollectionRequest { DbName = database, CollectionName = name }, database, cancellation);

    /// <summary>The collection of that id, or null.</summary>
    public Task<DescribeCollectionResponse?> DescribeAsync(string database, long id, CancellationToken cancellation) =>
        DescribeAsync(new DescribeCollectionRequest { DbName = database, CollectionID = id }, database, cancellation);

    /// <summary>Target partition ids by name.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PartitionsAsync(string database, string collection, CancellationToken cancellation)
    {
        ShowPartitionsResponse shown = await CallAsync(
            MilvusMethods.ShowPartitions, new ShowPartitionsRequest { DbName = database, CollectionName = collection }, database, cancellation);
        return shown.PartitionNames.Zip(shown.PartitionIDs).ToDictionary(static pair => pair.First, static pair => pair.Second, StringComparer.Ordinal);
    }

    /// <summary>Whether the target has the database.</summary>
    public async Task<bool> HasDatabaseAsync(string database, CancellationToken cancellation)
    {
        RepeatedField<string> names = (await CallAsync(MilvusMethods.ListDatabases, new ListDatabasesRequest(), null, cancellation)).DbNames;
        return names.Contains(database);
    }

    private async Task<DescribeCollectionResponse?> DescribeAsync(DescribeCollectionRequest request, string database, CancellationToken cancellation)
    {
        try
        {
            return await CallAsync(MilvusMethods.DescribeCollection, request, database, cancellation);
        }
        catch (MilvusException answer) when (answer.Code is CollectionNotFound or DatabaseNotFound)
        {
            return null;
        }
    }
}
