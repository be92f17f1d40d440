using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>The API on a free port with an empty part of an etcd, beside a worker whose engine replicates nothing. It remembers which operations were called.</summary>
internal sealed class V1Process : IAsyncDisposable
{
    private static int s_roots;
    private readonly WebApplication _app;

    private V1Process(WebApplication app, HttpClient http, SteeredEngine engine, SteeredPlanner planner, ConcurrentDictionary<string, bool> called)
    {
        Called = called;
        _app = app;
        Http = http;
        Engine = engine;
        Planner = planner;
    }

    /// <summary>Names of the operations that were called and did what they should.</summary>
    public ConcurrentDictionary<string, bool> Called { get; }

    public HttpClient Http { get; }

    public SteeredEngine Engine { get; }

    public SteeredPlanner Planner { get; }

    public IServiceProvider Services => _app.Services;

    public TaskStore Store => Services.GetRequiredService<TaskStore>();

    public static async Task<V1Process> StartAsync(EtcdProcess etcd, IReadOnlyDictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? prepare = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.Configuration["Cdc:Source:Etcd:Endpoints"] = $"http://{etcd.Endpoint}";
        builder.Configuration["Cdc:MetaStore:RootPath"] = $"v1-{Interlocked.Increment(ref s_roots)}";
        builder.Configuration["Cdc:Worker:Name"] = "worker-1";
        foreach ((string key, string? value) in settings ?? new Dictionary<string, string?>())
        {
            builder.Configuration[key] = value;
        }

        SteeredEngine engine = new();
        SteeredPlanner planner = new();
        builder.Services.AddSingleton<IReplicationEngine>(engine);
        builder.Services.AddSingleton<ITaskPlanner>(planner);
        builder.AddApi();
        builder.AddWorker();
        prepare?.Invoke(builder);
        WebApplication app = builder.Build();
        ConcurrentDictionary<string, bool> called = new();
        app.Use(async (http, next) =>
        {
            await next(http);
            if (http.Response.StatusCode < 300 && http.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>() is { } name)
            {
                called[name.EndpointName] = true;
            }
        });
        app.MapApi();
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new V1Process(app, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address) }, engine, planner, called);
    }

    /// <summary>Configuration of tokens, by name and role; each token is its name.</summary>
    public static Dictionary<string, string?> Tokens(params (string Name, string Role)[] tokens) => tokens.SelectMany(static (token, index) => new KeyValuePair<string, string?>[]
    {
        new($"Cdc:Api:Tokens:{index}:Name", token.Name),
        new($"Cdc:Api:Tokens:{index}:Role", token.Role),
        new($"Cdc:Api:Tokens:{index}:Sha256", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token.Name)))),
    }).ToDictionary();

    /// <summary>The smallest body that creates a task.</summary>
    public static string Body(string id, string collections = "shop.orders", string address = "http://127.0.0.1:19530") =>
        $$$"""{"id":"{{{id}}}","target":{"address":"{{{address}}}"},"collections":{"include":["{{{collections}}}"]}}""";

    /// <summary>Sends a request; a body is JSON.</summary>
    public async Task<(int Status, JsonNode? Body, HttpResponseHeaders Headers)> SendAsync(
        string method, string path, string? body = null, string? token = null, string? ifMatch = null, string type = "application/json")
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token.Contains(' ', StringComparison.Ordinal) ? token : $"Bearer {token}");
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using HttpResponseMessage answer = await Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        bool json = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return ((int)answer.StatusCode, json && text.Length > 0 ? JsonNode.Parse(text) : null, answer.Headers);
    }

    /// <summary>Creates a task and waits until the worker runs it.</summary>
    public async Task RunningAsync(string id, string collections = "shop.orders")
    {
        (int status, JsonNode? body, _) = await SendAsync("POST", "/api/v1/tasks", Body(id, collections));
        Assert.True(status == 201, $"{status} {body}");
        await PhaseAsync(id, TaskPhase.Streaming);
    }

    /// <summary>Waits for a phase.</summary>
    public Task PhaseAsync(string id, TaskPhase phase) => Eventually.TrueAsync(async () => (await Store.FindStatusAsync(id, default))?.Phase == phase, $"task '{id}' is {phase}");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>A planner that finds what the test says.</summary>
internal sealed class SteeredPlanner : ITaskPlanner
{
    public List<PlanFinding> Findings { get; } = [new(PlanSeverity.Ok, "target.tcp", "127.0.0.1:19530", "the port answers")];

    public List<PlanSubject> Asked { get; } = [];

    public Task<PlanReport> PlanAsync(PlanSubject subject, CancellationToken cancellation)
    {
        Asked.Add(subject);
        return Task.FromResult(new PlanReport
        {
            Accepted = Findings.TrueForAll(static finding => finding.Severity is not PlanSeverity.Error),
            MadeAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Target = subject.Task.Target.Address.GetLeftPart(UriPartial.Authority),
            Findings = [.. Findings],
        });
    }
}
