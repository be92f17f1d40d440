using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Api.Targets;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests;

/// <summary>The API on a free port with an empty part of an etcd, beside a worker whose engine replicates nothing.</summary>
internal sealed class ApiProcess : IAsyncDisposable
{
    /// <summary>The word that every secret of this suite holds.</summary>
    public const string Secret = "geheim";

    private static int _roots;
    private readonly WebApplication _app;

    private ApiProcess(WebApplication app, HttpClient http, SteeredEngine engine, string root, LogCapture logs)
    {
        Logs = logs;
        Root = root;
        _app = app;
        Http = http;
        Engine = engine;
    }

    /// <summary>Everything that was logged.</summary>
    public LogCapture Logs { get; }

    /// <summary>The part of the etcd.</summary>
    public string Root { get; }

    public HttpClient Http { get; }

    public SteeredEngine Engine { get; }

    public TaskStore Store => _app.Services.GetRequiredService<TaskStore>();

    public MetaKeys Keys => _app.Services.GetRequiredService<MetaKeys>();

    public static async Task<ApiProcess> StartAsync(EtcdProcess etcd, int maxTasks = 100, bool realProbe = false, string? root = null, Action<WebApplicationBuilder>? configure = null)
    {
        root ??= $"cdc-{Interlocked.Increment(ref _roots)}";
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        LogCapture logs = new();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["Cdc:Source:Etcd:Endpoints"] = $"http://{etcd.Endpoint}";
        builder.Configuration["Cdc:Source:ReplicateChannel"] = "sp-replicate-msg";
        builder.Configuration["Cdc:MetaStore:RootPath"] = root;
        builder.Configuration["Cdc:Api:MaxTasks"] = $"{maxTasks}";
        SteeredEngine engine = new();
        builder.Services.AddSingleton<IReplicationEngine>(engine);
        builder.AddApi();
        builder.AddWorker();
        if (!realProbe)
        {
            builder.Services.AddSingleton<ITargetProbe, KnownTargets>();
        }

        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapApi();
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ApiProcess(app, new HttpClient { BaseAddress = new Uri(address) }, engine, root, logs);
    }

    /// <summary>Posts to <c>/cdc</c>; whatever happens the HTTP status must be 200.</summary>
    public async Task<string> PostAsync(string body)
    {
        using StringContent content = new(body);
        using HttpResponseMessage answer = await Http.PostAsync(new Uri("/cdc", UriKind.Relative), content);
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();

        // Every secret of this suite holds this word; whatever a test is about, none of them is ever logged.
        Assert.DoesNotContain(Logs.Lines, static line => line.Contains(Secret, StringComparison.Ordinal));
    }

    /// <summary>Targets answer as the recorded ones did: all but those where nothing listened, or no Milvus, or nothing that speaks TLS.</summary>
    private sealed class KnownTargets : ITargetProbe
    {
        public Task<string?> FindObstacleAsync(TargetEndpoint target, CancellationToken cancellation) =>
            Task.FromResult(target.Address.Port is 1 or 80 or 8466 || target.Address.Host is "nowhere.invalid" || target.Address is { Scheme: "https", Port: 24201 } ? "the target cannot be reached" : null);
    }
}
