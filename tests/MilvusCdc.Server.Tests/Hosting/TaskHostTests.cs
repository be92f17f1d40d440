using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Server.Tests.Hosting;

/// <summary>The worker against a real etcd, with an engine that the test steers.</summary>
public sealed class TaskHostTests : IAsyncLifetime
{
    private readonly SteeredEngine _engine = new();
    private readonly List<IHost> _hosts = [];
    private EtcdProcess _etcd = null!;
    private IHost _host = null!;

    private TaskStore Store => _host.Services.GetRequiredService<TaskStore>();

    public async Task InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        _host = await StartAsync("w1", _engine);
    }

    public async Task DisposeAsync()
    {
        foreach (IHost host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }

        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Task_runs_pauses_resumes_and_vanishes()
    {
        await CreateAsync("a");
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Streaming, Owner: "w1", LagMs: 1000 }, "the task streams");
        await Eventually.TrueAsync(async () => await Store.FindAsync("a", default) is { State: TaskState.Running }, "its state is stored");

        await IntendAsync("a", TaskIntent.Pause);
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Paused } && await Store.FindAsync("a", default) is { State: TaskState.Paused }, "it pauses");
        Assert.Empty(_engine.Runs);

        await IntendAsync("a", TaskIntent.Run);
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Streaming }, "it streams again");

        await IntendAsync("a", TaskIntent.Delete);
        await Eventually.TrueAsync(async () => await Store.FindAsync("a", default) is null && await StatusAsync("a") is null, "it is gone");
        Assert.Equal(["a"], _engine.Forgotten);
        Assert.Empty(_engine.Runs);
    }

    [Fact]
    public async Task Fault_of_one_task_is_shown_and_harms_no_other()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        await Eventually.TrueAsync(() => _engine.Runs.Count == 2, "both run");

        GrpcException away = new(GrpcStatus.Unavailable, "connection refused");
        _engine.Failing["a"] = away;
        _engine.Runs["a"].End.SetException(away);
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Retrying, Attempt: > 1, NextRetryAt: not null, Reason: not null }, "the fault is shown");
        _engine.Failing.Clear();
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Streaming, Attempt: 0, Reason: null }, "it heals by itself");
        Assert.True(_engine.Runs.ContainsKey("b"));
    }

    [Fact]
    public async Task Blocked_task_goes_on_when_a_person_resumes_it()
    {
        await CreateAsync("a");
        await Eventually.TrueAsync(() => _engine.Runs.ContainsKey("a"), "it runs");
        _engine.Runs["a"].End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "an import was met"));
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Blocked }, "it is blocked");

        await Store.UpdateAsync("a", static task => task with { Resumes = task.Resumes + 1 }, default);
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Streaming }, "it streams again");
    }

    [Fact]
    public async Task Second_worker_takes_over_when_the_first_stops()
    {
        SteeredEngine other = new();
        await CreateAsync("a");
        await Eventually.TrueAsync(() => _engine.Runs.ContainsKey("a"), "the first runs it");
        long before = _engine.Runs["a"].Ownership.CreateRevision;
        IHost second = await StartAsync("w2", other);
        await Store.UpdateAsync("a", static task => task with { Resumes = 5 }, default);
        Assert.Empty(other.Runs);

        await _host.StopAsync();
        Assert.Empty(_engine.Runs);
        _host = second;
        await Eventually.TrueAsync(() => other.Runs.ContainsKey("a"), "the second runs it");
        Assert.True(other.Runs["a"].Ownership.CreateRevision > before);
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Owner: "w2" }, "and says so");
    }

    [Fact]
    public async Task Task_without_auto_start_stays_paused_after_a_restart()
    {
        await CreateAsync("a", static task => task with { DisableAutoStart = true });
        await Eventually.TrueAsync(async () => await Store.FindAsync("a", default) is { State: TaskState.Running }, "it runs at first");

        await _host.StopAsync();
        _host = await StartAsync("w1", new SteeredEngine());
        await Eventually.TrueAsync(async () => await StatusAsync("a") is { Phase: TaskPhase.Paused }, "it is paused");
        Assert.Contains("disable_auto_start", (await Store.FindAsync("a", default))!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_lease_stops_everything_and_a_new_one_starts_it_again()
    {
        await CreateAsync("a");
        await Eventually.TrueAsync(() => _engine.Runs.ContainsKey("a"), "it runs");
        TaskOwnership first = _engine.Runs["a"].Ownership;

        await _etcd.FreezeAsync();
        await Eventually.TrueAsync(() => _engine.Runs.IsEmpty, "it is stopped while etcd does not answer");
        await _etcd.ThawAsync();

        await Eventually.TrueAsync(() => _engine.Runs.TryGetValue("a", out SteeredEngine.Run? run) && run.Ownership.CreateRevision > first.CreateRevision, "it runs under a new claim");
        Assert.Equal(1, _engine.MostRunsOfOneTask);
    }

    [Fact]
    public async Task Etcd_that_comes_late_is_waited_for()
    {
        await _host.StopAsync();
        await _etcd.KillAsync();
        SteeredEngine engine = new();
        _host = await StartAsync("w3", engine);

        await _etcd.RestartAsync();
        await CreateAsync("late");
        await Eventually.TrueAsync(() => engine.Runs.ContainsKey("late"), "the worker found etcd");
    }

    private async Task<IHost> StartAsync(string name, SteeredEngine engine)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Cdc:Source:Etcd:Endpoints"] = $"http://{_etcd.Endpoint}";
        builder.Configuration["Cdc:Worker:Name"] = name;
        builder.Configuration["Cdc:Worker:LeaseTtl"] = "2s";
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Services.AddSingleton<IReplicationEngine>(engine);
        builder.AddWorker();
        WebApplication app = builder.Build();
        _hosts.Add(app);
        await app.StartAsync();
        return app;
    }

    private async Task CreateAsync(string id, Func<TaskDefinition, TaskDefinition>? change = null)
    {
        TaskDefinition task = new()
        {
            Id = id,
            Target = new TargetEndpoint { Address = new Uri("http://127.0.0.1:19530") },
            Selection = new CollectionSelection([new CollectionPattern("default", id)], []),
        };
        TaskRecord record = new() { Definition = change is null ? task : change(task), Since = DateTimeOffset.UnixEpoch, CreatedAt = DateTimeOffset.UnixEpoch };
        Assert.True(await Store.TryCreateAsync(record, await Store.ListAsync(default), default));
    }

    private Task<TaskRecord?> IntendAsync(string id, TaskIntent intent) => Store.UpdateAsync(id, task => task with { Intent = intent }, default);

    private Task<TaskReport?> StatusAsync(string id) => Store.FindStatusAsync(id, default);
}
