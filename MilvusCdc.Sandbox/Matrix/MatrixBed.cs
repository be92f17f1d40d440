using System.Globalization;
using System.Text.Json;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Etcd.Wire;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>What a bed is made of.</summary>
internal sealed class MatrixBedOptions
{
    /// <summary>What the source does; the bed owns it.</summary>
    public required IMatrixWorkload Workload { get; init; }

    /// <summary>Worker processes.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Path of <c>MilvusCdc.Server.dll</c>; null: where the build puts it.</summary>
    public string? ServerPath { get; init; }

    /// <summary>After that time without a sign of life a worker's tasks are free. The shortest that a server accepts is 2 s.</summary>
    public TimeSpan LeaseTtl { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How the target behaves.</summary>
    public StandInOptions Target { get; init; } = new();

    /// <summary>Gets the log lines of etcd and of the servers; null: nobody does.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>A worker process with the proxies through which it sees its etcds.</summary>
internal sealed record MatrixWorker(int Index, ServerProcess Server, EtcdProxy Source, EtcdProxy Meta, TaskApi Api);

/// <summary>A source, a target and one or more real server processes between them, everything that passes between them watched. Throws <see cref="SandboxException"/>.</summary>
internal sealed class MatrixBed : IAsyncDisposable
{
    private const string MetaRoot = "milvus-cdc";

    private readonly string _folder = Directory.CreateTempSubdirectory("milvus-cdc-matrix-").FullName;
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<MatrixWorker> _workers = [];

    private readonly IMatrixWorkload _workload;

    private MatrixBed(IMatrixWorkload workload)
    {
        _workload = workload;
        Tap = new WireTap(MetaRoot, workload.ReplicateChannel);
    }

    public WireTap Tap { get; }

    public EtcdServer Etcd { get; private set; } = null!;

    /// <summary>The source's log.</summary>
    public ISourceBroker Source { get; private set; } = null!;

    /// <summary>The broker of a source on Kafka. Throws <see cref="InvalidOperationException"/> for a source on Pulsar.</summary>
    public KafkaBroker Broker => (Source as KafkaSourceBroker)?.Broker ?? throw new InvalidOperationException("the workload's source is not on Kafka");

    public TargetServer Target { get; private set; } = null!;

    public IReadOnlyList<MatrixWorker> Workers => _workers;

    /// <summary>Starts everything.</summary>
    public static async Task<MatrixBed> StartAsync(MatrixBedOptions options, CancellationToken cancellation)
    {
        MatrixBed bed = new(options.Workload);
        try
        {
            await bed.StartPartsAsync(options, cancellation);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a task is; asks the workers in turn until one answers.</summary>
    public async Task<TaskReport?> FindTaskAsync(string id, CancellationToken cancellation)
    {
        foreach (MatrixWorker worker in _workers.Where(worker => !worker.Server.Process.HasExited))
        {
            try
            {
                return await worker.Api.GetAsync(id, cancellation);
            }
            catch (SandboxException)
            {
                // On its way down or up.
            }
        }

        return null;
    }

    /// <summary>Lets the lease of a dead worker end now, as if its time had passed.</summary>
    public async Task EndLeaseAsync(int worker, CancellationToken cancellation)
    {
        if (!Tap.Leases.TryRemove(worker, out long lease))
        {
            return;
        }

        using GrpcChannel etcd = new(new GrpcChannelOptions { Address = Etcd.Endpoint });
        try
        {
            await etcd.UnaryAsync(
                "/etcdserverpb.Lease/LeaseRevoke", new LeaseRevokeRequest { ID = lease }, LeaseRevokeResponse.Parser, new GrpcCallOptions(TimeSpan.FromSeconds(10)), cancellation);
        }
        catch (GrpcException gone) when (gone.Status == GrpcStatus.NotFound)
        {
            // It has ended by itself.
        }
    }

    /// <summary>The frontier of a task's checkpoint. It may be one commit ahead of what was shown last, when the run ended in between.</summary>
    public async Task<ulong> CheckpointedAsync(string task, CancellationToken cancellation)
    {
        using EtcdClient etcd = new(new EtcdOptions { Endpoints = [Etcd.Endpoint.Authority] }, TimeProvider.System);
        if (await etcd.GetAsync($"{MetaRoot}/checkpoints/{task}", cancellation) is not { } stored)
        {
            return 0;
        }

        using JsonDocument checkpoint = JsonDocument.Parse(stored.Value);
        return ulong.Parse(checkpoint.RootElement.GetProperty("frontier").GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the target back. The tap must not be asked any more.</summary>
    public async Task<TargetContent> ReadTargetAsync(CancellationToken cancellation)
    {
        Target.Observer = null;
        using TargetReader reader = new(Target.Address);
        return await reader.ReadAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        Tap.Observer = null;
        foreach (MatrixWorker worker in _workers)
        {
            worker.Api.Dispose();

            // Nothing is lost by it, which is the point, and it is quicker than a drain.
            await worker.Server.Process.KillAsync();
            await worker.Server.DisposeAsync();
        }

        // Before its etcd and its broker.
        await _workload.DisposeAsync();
        for (int part = _parts.Count - 1; part >= 0; part--)
        {
            await _parts[part].DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartPartsAsync(MatrixBedOptions options, CancellationToken cancellation)
    {
        Etcd = Add(await EtcdServer.StartAsync(Path.Combine(_folder, "etcd"), options.Log, cancellation));
        Source = Add<ISourceBroker>(_workload.Log == RecordedLog.Pulsar ? new PulsarSourceBroker() : new KafkaSourceBroker(await KafkaBroker.StartAsync(new KafkaBrokerOptions(), cancellation)));
        Target = Add(await TargetServer.StartAsync(options: options.Target, cancellation: cancellation));
        Tap.Attach(Target);
        Tap.Attach(Source);
        await Task.WhenAll(Enumerable.Range(0, options.Workers).Select(index => StartWorkerAsync(options, index, cancellation)));
        _workers.Sort((left, right) => left.Index.CompareTo(right.Index));
    }

    private async Task StartWorkerAsync(MatrixBedOptions options, int index, CancellationToken cancellation)
    {
        EtcdProxy source = await EtcdProxy.StartAsync(Etcd.Endpoint, cancellation), meta = await EtcdProxy.StartAsync(Etcd.Endpoint, cancellation);
        lock (_parts)
        {
            _parts.AddRange([source, meta]);
        }

        Tap.Attach(meta, index);
        string name = string.Create(CultureInfo.InvariantCulture, $"w{index + 1}");
        Dictionary<string, string> environment = new(options.Workload.Environment, StringComparer.Ordinal)
        {
            ["Cdc__Worker__Name"] = name,
            ["Cdc__Worker__LeaseTtl"] = string.Create(CultureInfo.InvariantCulture, $"{options.LeaseTtl.TotalSeconds:0}s"),
            ["Cdc__MetaStore__Etcd__Endpoints__0"] = meta.Endpoint.GetLeftPart(UriPartial.Authority),
        };
        ServerProcess server = await ServerProcess.StartAsync(
            new ServerProcessOptions
            {
                ServerPath = options.ServerPath,
                Etcd = source.Endpoint,
                Source = Source.ServerSettings,
                MetaRoot = MetaRoot,
                Environment = environment,
                Log = options.Log is { } log ? line => log($"{name} {line}") : null,
            },
            cancellation);
        lock (_workers)
        {
            _workers.Add(new MatrixWorker(index, server, source, meta, new TaskApi(server.Address)));
        }
    }

    private T Add<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
