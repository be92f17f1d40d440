using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Matrix.Faults;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Workloads;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>The worker's own clock is set while it works, forwards and backwards. The worker runs in this process, so that its clock is the test's.</summary>
public sealed class WorkerClockTests : IAsyncLifetime
{
    private const string TaskId = "clock";
    private static readonly MetaKeys Keys = new("milvus-cdc");

    private readonly ShiftedTime _clock = new();
    private readonly RandomWorkload _workload = new(seed: 31, int.MaxValue);
    private readonly CancellationTokenSource _stop = new();
    private MatrixBed _bed = null!;
    private EtcdClient _etcd = null!;
    private TaskStore _store = null!;
    private Task _working = Task.CompletedTask;
    private int _resting;

    public async Task InitializeAsync()
    {
        _bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = _workload, Workers = 0 }, CancellationToken.None);
        await _workload.PrepareAsync(_bed.Etcd.Endpoint, _bed.Source, CancellationToken.None);
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [_bed.Etcd.Endpoint.Authority] }, TimeProvider.System);
        _store = new TaskStore(_etcd, Keys);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _etcd.Dispose();
        await _bed.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Clock_that_is_set_forwards_and_backwards_then_the_task_streams_on_and_a_paused_task_ticks_by_the_sources_time()
    {
        await using WebApplication first = await StartAsync();
        await CreateAsync();
        _working = _workload.RunAsync(GateAsync, _stop.Token);
        await StreamsBeyondNowAsync();
        foreach (double hours in (double[])[1, -2, 0])
        {
            _clock.Shift = TimeSpan.FromHours(hours);
            await StreamsBeyondNowAsync();
        }

        await _store.UpdateAsync(TaskId, static task => task with { Intent = TaskIntent.Pause }, CancellationToken.None);
        await SeesAsync(static report => report.Phase is TaskPhase.Paused);

        // The task is taken by a worker whose clock is an hour ahead: ticks by that clock would hide for an hour what comes after the resume.
        await first.StopAsync();
        _clock.Shift = TimeSpan.FromHours(1);
        long ticks = _bed.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage");
        await using WebApplication second = await StartAsync();
        await Replays.UntilAsync(() => _bed.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage") > ticks + 5);
        ulong newest = _bed.Target.Milvus.Snapshot().Databases.Values.SelectMany(static database => database.Collections.Values).SelectMany(static collection => collection.Shards).Max(static shard => shard.Tick);
        Assert.InRange(newest, 1UL, _workload.Source.AllocateTimestamp() + (600_000UL << 18));

        await _store.UpdateAsync(TaskId, static task => task with { Intent = TaskIntent.Run }, CancellationToken.None);
        await StreamsBeyondNowAsync();
        _clock.Shift = TimeSpan.FromHours(-1);
        await StreamsBeyondNowAsync();

        Volatile.Write(ref _resting, 1);
        await StreamsBeyondNowAsync();
        await SeesAsync(report => report.CaughtUp && report.Frontier >= _workload.End);
        ComparisonReport compared = _workload.Compare(await _bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.Empty(_bed.Target.Milvus.Poisons);
        await second.StopAsync();
    }

    private async ValueTask<bool> GateAsync(ulong time, CancellationToken cancellation)
    {
        while (Volatile.Read(ref _resting) != 0)
        {
            await Task.Delay(50, cancellation);
        }

        return true;
    }

    private async Task<WebApplication> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        string etcd = _bed.Etcd.Endpoint.GetLeftPart(UriPartial.Authority);
        Dictionary<string, string> settings = new(_workload.Environment.Concat(new KafkaSourceBroker(_bed.Broker).ServerSettings))
        {
            ["Cdc__Source__Etcd__Endpoints__0"] = etcd,
            ["Cdc__MetaStore__Etcd__Endpoints__0"] = etcd,
            ["Cdc__MetaStore__RootPath"] = "milvus-cdc",
            ["Cdc__Worker__LeaseTtl"] = "2s",
            ["urls"] = "http://127.0.0.1:0",
        };
        builder.Configuration.AddInMemoryCollection(settings.Select(static one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)one.Value)));
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddWorker();
        WebApplication app = builder.Build();
        await app.StartAsync();
        return app;
    }

    private async Task CreateAsync()
    {
        TaskDefinition task = new()
        {
            Id = TaskId,
            Target = new TargetEndpoint { Address = _bed.Target.Address },
            Selection = CollectionSelection.All,
            Start = TaskStart.CollectionStart,
        };
        TaskRecord record = new() { Definition = task, Since = DateTimeOffset.UnixEpoch, CreatedAt = DateTimeOffset.UnixEpoch };
        Assert.True(await _store.TryCreateAsync(record, await _store.ListAsync(CancellationToken.None), CancellationToken.None));
    }

    private Task StreamsBeyondNowAsync()
    {
        ulong now = _workload.Source.AllocateTimestamp();
        return SeesAsync(report => report is { Phase: TaskPhase.Streaming, IsStale: false } && report.Frontier >= now);
    }

    private Task SeesAsync(Func<TaskReport, bool> sees) =>
        Replays.UntilAsync(async () => await _store.FindStatusAsync(TaskId, CancellationToken.None) is { } report && sees(report));
}
