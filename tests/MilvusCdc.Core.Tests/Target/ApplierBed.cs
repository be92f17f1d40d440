using System.Collections.Concurrent;
using Google.Protobuf;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Tests.Source;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Tests.Target;

/// <summary>An operation applier before a target stand-in, with the recorded session's catalog: its collection <c>tenants</c>, renamed to <c>renters</c>, is on the target.</summary>
internal sealed class ApplierBed : IAsyncDisposable
{
    /// <summary>While the source's collection was called <c>tenants</c>.</summary>
    public const ulong BeforeRename = 470638562225422340;

    private const long SourceId = 470638326686035164;
    private readonly MilvusClient _client;

    private ApplierBed(TargetServer target, MilvusClient client, TaskPolicies policies)
    {
        Target = target;
        _client = client;
        var task = new TaskDefinition
        {
            Id = "t",
            Target = new TargetEndpoint { Address = target.Address },
            Selection = CollectionSelection.All,
            Policies = policies,
        };
        var history = EtcdRecording.Session.Watched();
        Run = new TaskRun(task, new TaskOwnership("owner", 1), new TaskProgress(), () => history);
        var ddl = new TargetDdl(client, static () => { }, Polly.ResiliencePipeline.Empty);
        Applier = new OperationApplier(ddl, Run, new NameMap([]), Collections, new AccessApplier(ddl, Run));
    }

    public TargetServer Target { get; }

    public MilvusClient Client => _client;

    public TaskRun Run { get; }

    public ConcurrentDictionary<long, TargetCollection> Collections { get; } = new();

    public OperationApplier Applier { get; }

    public static async Task<ApplierBed> StartAsync(TaskPolicies? policies = null)
    {
        TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true }, cancellation: CancellationToken.None);
        var bed = new ApplierBed(target, new MilvusClient(new MilvusClientOptions { Address = target.Address }), policies ?? new TaskPolicies());
        await bed.CreateAsync();
        return bed;
    }

    public Task CallAsync<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => _client.CallAsync(method, request, null, CancellationToken.None);

    public Task ApplyAsync(MsgType type, IMessage request, ulong timestamp = BeforeRename) =>
        Applier.ApplyAsync(new Operation(type, timestamp, request, LogPosition.Kafka(0)), CancellationToken.None);

    public CollectionState Renters => Target.Milvus.Snapshot().Databases["default"].Collections["renters"];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Target.DisposeAsync();
    }

    private async Task CreateAsync()
    {
        var schema = new CollectionSchema { Name = "renters" };
        schema.Fields.Add(new FieldSchema { Name = "id", DataType = DataType.Int64, IsPrimaryKey = true });
        schema.Fields.Add(new FieldSchema { Name = "n", DataType = DataType.Int64 });
        schema.Fields.Add(new FieldSchema { Name = "v", DataType = DataType.FloatVector, TypeParams = { new KeyValuePair { Key = "dim", Value = "4" } } });
        await CallAsync(MilvusMethods.CreateCollection, new CreateCollectionRequest
        {
            Base = TargetDdl.Replicated(BeforeRename),
            CollectionName = "renters",
            Schema = schema.ToByteString(),
            ShardsNum = 1,
        });
        await CallAsync(MilvusMethods.CreatePartition, new CreatePartitionRequest { CollectionName = "renters", PartitionName = "p" });
        await IndexAsync("v", "v_idx");
        CollectionState made = Renters;
        await _client.ReplicateAsync(
            new ReplicatePack
            {
                Channel = made.Shards[0].Channel,
                BeginTimestamp = BeforeRename,
                EndTimestamp = BeforeRename + 1,
                Messages = [new System.Buffers.ReadOnlySequence<byte>(Protocol.Messages.TickMessage.Create(BeforeRename + 1, -1))],
            },
            CancellationToken.None);
        Collections[SourceId] = new TargetCollection
        {
            SourceId = SourceId,
            Database = "default",
            Name = "renters",
            Id = made.Id,
            SourceShards = ["s"],
            Shards = [new TargetShard(made.Shards[0].Name, made.Shards[0].Channel)],
        };
    }

    public Task IndexAsync(string field, string name) => CallAsync(MilvusMethods.CreateIndex, new CreateIndexRequest
    {
        CollectionName = "renters",
        FieldName = field,
        IndexName = name,
        ExtraParams = { new KeyValuePair { Key = "index_type", Value = field == "v" ? "FLAT" : "STL_SORT" }, new KeyValuePair { Key = "metric_type", Value = "L2" } },
    });
}
