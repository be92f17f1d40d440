using System.Text.Json.Nodes;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>Nothing is described that does not work: every operation of the OpenAPI document is called once, and does what it should.</summary>
public sealed class EveryOperationTests(OneEtcd etcd) : IClassFixture<OneEtcd>
{
    [Fact]
    public async Task Every_operation_of_the_document_answers_with_success()
    {
        await using V1Process api = await V1Process.StartAsync(etcd.Process);
        await api.RunningAsync("a");
        await Stored.LetterAsync(api, "dml_0@1");
        await Stored.LetterAsync(api, "dml_0@2");
        await Stored.BlockingAsync(api, "dml_0@3");
        await Stored.CheckpointAsync(api);
        const string letters = "/api/v1/tasks/a/dead-letters";
        foreach (string path in (string[])["/version", "/me", "/tasks", "/tasks/a", "/tasks/a/progress", "/tasks/a/collections", "/tasks/a/checkpoint", "/tasks/a/checkpoint/export", "/tasks/a/notes", "/workers", "/operations"])
        {
            await CallAsync(api, "GET", "/api/v1" + path);
        }

        JsonNode log = await CallAsync(api, "GET", "/api/v1/operations");
        await CallAsync(api, "GET", $"/api/v1/operations/{log["operations"]![0]!["id"]}");
        await CallAsync(api, "POST", "/api/v1/plan", V1Process.Body("b", "shop.parts"));
        await CallAsync(api, "POST", "/api/v1/tasks/a/plan");
        await CallAsync(api, "GET", letters);
        await CallAsync(api, "GET", letters + "/dml_0@1");
        await CallAsync(api, "GET", letters + "/dml_0@1/bytes");
        await CallAsync(api, "POST", letters + "/dml_0@1/replay");
        await CallAsync(api, "POST", letters + "/dml_0@2/skip");
        await CallAsync(api, "POST", letters + "/dml_0@3/permit");
        api.Engine.Runs["a"].End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "an import was met"));
        await api.PhaseAsync("a", TaskPhase.Blocked);
        await CallAsync(api, "POST", "/api/v1/tasks/a/retry-now");
        await CallAsync(api, "PATCH", "/api/v1/tasks/a", """{"autoStart":true}""");
        await CallAsync(api, "POST", "/api/v1/tasks/a/pause");
        await Eventually.TrueAsync(async () => await api.Store.FindAsync("a", default) is { State: TaskState.Paused } && await api.Store.FindStatusAsync("a", default) is { Phase: TaskPhase.Paused }, "it is paused");
        JsonNode checkpoint = await CallAsync(api, "GET", "/api/v1/tasks/a/checkpoint");
        await CallAsync(api, "POST", "/api/v1/tasks/a/checkpoint/import?confirm=a", checkpoint.ToJsonString());
        await CallAsync(api, "PATCH", "/api/v1/tasks/a/checkpoint", """{"operations":"1","confirm":"a"}""");
        await CallAsync(api, "POST", "/api/v1/tasks/a/resume");
        await CallAsync(api, "POST", "/api/v1/workers/worker-1/drain");
        await CallAsync(api, "POST", "/api/v1/workers/worker-1/undrain");
        await CallAsync(api, "DELETE", "/api/v1/tasks/a");
        using (HttpResponseMessage events = await api.Http.GetAsync(new Uri("/api/v1/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
        }

        // The stream's own call ends when its client has gone.
        JsonNode document = (await api.SendAsync("GET", "/openapi/v1.json")).Body!;
        string[] described = [.. OpenApiRules.Operations(document).Select(static one => one.Id).Order()];
        await Eventually.TrueAsync(() => described.All(api.Called.ContainsKey), $"called is everything but {string.Join(", ", described.Except(api.Called.Keys))}");
    }

    private static async Task<JsonNode> CallAsync(V1Process api, string method, string path, string? body = null)
    {
        (int status, JsonNode? answer, _) = await api.SendAsync(method, path, body);
        Assert.True(status is >= 200 and < 300, $"{method} {path} answered {status}: {answer}");
        return answer ?? new JsonObject();
    }
}
