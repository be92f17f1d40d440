using System.Collections.Concurrent;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Tests.Source;
using MilvusCdc.Core.Tests.Tasks;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.DeadLetters;

/// <summary>A real etcd with one task that a worker owns, and an Insert of 16 rows as a real Milvus wrote it.</summary>
internal sealed class LetterBed : IAsyncDisposable
{
    public const string Channel = "s1-rootcoord-dml_1";
    public const string TaskId = "a/b";

    private readonly EtcdProcess _server;
    private readonly CatalogHistory _catalog = EtcdRecording.Session.Watched();

    private LetterBed(EtcdProcess server, EtcdClient etcd)
    {
        _server = server;
        Etcd = etcd;
        Audit = new AuditTrail(etcd, Keys, TimeProvider.System);
        Store = new DeadLetterStore(etcd, Keys, Audit);
    }

    public EtcdClient Etcd { get; }

    public MetaKeys Keys { get; } = new("cdc");

    public AuditTrail Audit { get; }

    public DeadLetterStore Store { get; }

    public TaskOwnership Ownership { get; private set; } = null!;

    public LogEntry Insert { get; private set; }

    public RowGroup Group
    {
        get
        {
            var group = new RowGroup(Channel, Insert.Envelope.CollectionId, Insert.Envelope.PartitionId, Insert.Envelope.ShardName, Insert.Envelope.Type);
            group.TryAdd(Insert);
            return group;
        }
    }

    public static async Task<LetterBed> StartAsync()
    {
        EtcdProcess server = await EtcdProcess.StartAsync();
        LetterBed bed = new(server, new EtcdClient(new EtcdOptions { Endpoints = [server.Endpoint] }, TimeProvider.System));
        await new TaskStore(bed.Etcd, bed.Keys).TryCreateAsync(Sample.Record(TaskId), await new TaskStore(bed.Etcd, bed.Keys).ListAsync(default), default);
        await bed.OwnAsync();
        Recording recording = Recording.Open(Path.Combine(Root(), "recordings", "kafka-2.3.5"));
        RecordedMessage message = recording.Messages(Channel).Single(message => message.Offset == 6);
        bed.Insert = new LogEntry(LogPosition.Kafka(message.Offset), Envelope.Scan(message.Value), null, 0);
        return bed;
    }

    /// <summary>The task gets an owner, another than before.</summary>
    public async Task OwnAsync()
    {
        await Etcd.DeleteAsync(Keys.Owner(TaskId), default);
        Ownership = new TaskOwnership(Keys.Owner(TaskId), await Etcd.PutAsync(Keys.Owner(TaskId), "w"u8.ToArray(), 0, default));
    }

    /// <summary>A desk as a run of the owner opens it.</summary>
    public async Task<DeadLetterDesk> OpenAsync(RefusedPolicy policy = RefusedPolicy.SetAside, DeadLetterOptions? options = null, Checkpoint? checkpoint = null)
    {
        DeadLetterDesk desk = new(new LetterShelf(Etcd, Keys, Audit, TaskId, Ownership), Run(policy), options ?? new DeadLetterOptions(), "kafka", TimeProvider.System);
        await desk.LoadAsync(checkpoint, default);
        return desk;
    }

    public CarefulSender Sender(DeadLetterDesk desk) => new(desk, Run(RefusedPolicy.SetAside), new Router(new ConcurrentDictionary<long, TargetCollection>(), new NameMap([]), new TaskProgress()), default);

    public async ValueTask DisposeAsync()
    {
        await Etcd.DisposeAsync();
        await _server.DisposeAsync();
    }

    private TaskRun Run(RefusedPolicy policy) =>
        new(Sample.Task(TaskId) with { Policies = new TaskPolicies { Refused = policy } }, Ownership, new TaskProgress(), () => _catalog);

    private static string Root()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "MilvusCdc.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds MilvusCdc.sln");
    }
}
