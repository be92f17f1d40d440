using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MilvusCdc.Web.Tests;

/// <summary>What the Api answers to <c>GET /api/v1/tasks</c>, on a free port or inside another app; <see cref="Tasks"/> may change at any time.</summary>
internal sealed class FakeApi
{
    /// <summary>The answer's JSON.</summary>
    public volatile string Tasks = "[]";

    /// <summary>What is answered to a cursor.</summary>
    public IReadOnlyDictionary<string, string> Pages { get; init; } = new Dictionary<string, string>();

    public void Map(WebApplication app) => app.MapGet("/api/v1/tasks", (string? cursor) => Results.Text(cursor is null ? Tasks : Pages[cursor], "application/json"));

    public async Task<WebApplication> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        Map(app);
        await app.StartAsync();
        return app;
    }

    /// <summary>A task that streams, with one channel and one collection.</summary>
    public static string Streaming(string id, long inserted = 12_345, long lagMs = 230) => $$"""
        {
          "id": "{{id}}", "state": "Running", "phase": "Streaming", "since": "2026-11-22T10:00:00Z", "owner": "worker-1", "attempt": 0,
          "frontier": "{{(1_795_000_000_000L - lagMs) << 18}}", "frontierMs": {{1_795_000_000_000L - lagMs}}, "head": "{{1_795_000_000_000L << 18}}", "headMs": 1795000000000,
          "lagMs": {{lagMs}}, "caughtUp": false, "checkpointedAt": "2026-11-22T12:00:00Z", "target": "http://127.0.0.1:19530",
          "channels": { "by-dev-rootcoord-dml_0": { "read": "{{1_795_000_000_000L << 18}}", "sent": "{{1_795_000_000_000L << 18}}", "acknowledged": "{{(1_795_000_000_000L - lagMs) << 18}}",
            "inUse": true, "position": "4711", "messages": 900, "bytes": 1048576 } },
          "collections": { "449": { "sourceName": "default.books", "targetName": "default.books", "inserted": {{inserted}}, "deleted": 0, "dropped": false } },
          "notices": { "Import": 2 }
        }
        """;

    /// <summary>A task that tries again, of which little is known.</summary>
    public static string Retrying(string id) => $$"""
        { "id": "{{id}}", "state": "Running", "phase": "Retrying", "reason": "The target at http://127.0.0.1:19531 cannot be reached.", "since": "2026-11-22T11:00:00Z", "attempt": 3 }
        """;
}
