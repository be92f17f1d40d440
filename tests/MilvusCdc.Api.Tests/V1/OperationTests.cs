using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>Operations log, workers, dead letters, checkpoints, collections, events.</summary>
public sealed class OperationTests(OneEtcd etcd) : IAsyncLifetime, IClassFixture<OneEtcd>
{
    private V1Process _api = null!;

    private EtcdClient Etcd => _api.Services.GetRequiredService<EtcdClient>();

    private MetaKeys Keys => _api.Services.GetRequiredService<MetaKeys>();

    public async Task InitializeAsync() => _api = await V1Process.StartAsync(etcd.Process);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task What_people_do_is_in_the_log_with_who_from_where_and_how_it_ended()
    {
        await _api.RunningAsync("a");
        await _api.SendAsync("POST", "/api/v1/tasks/a/pause");
        await _api.SendAsync("POST", "/api/v1/tasks/nobody/resume");
        await _api.SendAsync("POST", "/cdc", """{"request_type":"resume","request_data":{"task_id":"a"}}""");
        await _api.SendAsync("POST", "/cdc", """{"request_type":"delete","request_data":{"task_id":"unknown"}}""");

        (_, JsonNode? log, _) = await _api.SendAsync("GET", "/api/v1/operations");
        Assert.Equal(
            ["task.delete unknown Refused", "task.resume a Done", "task.resume nobody Refused", "task.pause a Done", "task.create a Done"],
            log!["operations"]!.AsArray().Select(static one => $"{one!["action"]} {one["task"]} {one["result"]}"));
        Assert.Equal(("anonymous", "127.0.0.1"), ((string?)log["operations"]![0]!["who"], (string?)log["operations"]![0]!["from"]));
        Assert.Equal("There is no task 'nobody'.", (string?)log["operations"]![2]!["detail"]);

        (_, JsonNode? page, _) = await _api.SendAsync("GET", "/api/v1/operations?task=a&limit=2");
        Assert.Equal(2, page!["operations"]!.AsArray().Count);
        (_, page, _) = await _api.SendAsync("GET", $"/api/v1/operations?task=a&limit=2&cursor={page!["next"]}");
        Assert.Equal("task.create", (string?)Assert.Single(page!["operations"]!.AsArray())!["action"]);
        Assert.Equal("task.create", (string?)(await _api.SendAsync("GET", $"/api/v1/operations/{page["operations"]![0]!["id"]}")).Body!["action"]);
        Assert.Equal(404, (await _api.SendAsync("GET", "/api/v1/operations/none")).Status);
    }

    [Fact]
    public async Task Drained_worker_leaves_its_tasks_and_takes_them_again_when_undrained()
    {
        await _api.RunningAsync("a");
        Assert.Equal("running", await WorkerAsync());

        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/workers/worker-1/drain")).Status);
        await Eventually.TrueAsync(async () => await WorkerAsync() == "drained" && _api.Engine.Runs.IsEmpty, "it is drained");
        Assert.Equal("no worker runs the task yet", (string?)(await _api.SendAsync("GET", "/api/v1/tasks/a")).Body!["reason"]);

        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/workers/worker-1/undrain")).Status);
        await _api.PhaseAsync("a", TaskPhase.Streaming);
        Assert.Equal("worker.unknown", (string?)(await _api.SendAsync("POST", "/api/v1/workers/nobody/drain")).Body!["code"]);
    }

    [Fact]
    public async Task Dead_letters_are_shown_replayed_and_skipped()
    {
        await _api.RunningAsync("a");
        foreach (string id in (string[])["dml_0@12", "dml_0@13"])
        {
            await Stored.LetterAsync(_api, id);
        }

        (_, JsonNode? list, _) = await _api.SendAsync("GET", "/api/v1/tasks/a/dead-letters");
        Assert.Equal((2, "dml_0@12"), ((int)list!["summary"]!["letters"]!, (string?)list["letters"]![0]!["id"]));
        Assert.Equal("too long", (string?)(await _api.SendAsync("GET", "/api/v1/tasks/a/dead-letters/dml_0@12")).Body!["cause"]);
        Assert.Equal("abc", await _api.Http.GetStringAsync(new Uri("/api/v1/tasks/a/dead-letters/dml_0@12/bytes", UriKind.Relative)));

        (int status, JsonNode? replayed, _) = await _api.SendAsync("POST", "/api/v1/tasks/a/dead-letters/dml_0@12/replay", """{"unchecked":true}""");
        Assert.Equal((202, "ReplayRequested", "anonymous"), (status, (string?)replayed!["state"], (string?)replayed["requestedBy"]));
        Assert.Equal(204, (await _api.SendAsync("POST", "/api/v1/tasks/a/dead-letters/dml_0@13/skip", """{"note":"it was a test"}""")).Status);
        Assert.Equal(404, (await _api.SendAsync("GET", "/api/v1/tasks/a/dead-letters/dml_0@13")).Status);
        Assert.Equal("letter.unknown", (string?)(await _api.SendAsync("POST", "/api/v1/tasks/a/dead-letters/dml_0@99/skip")).Body!["code"]);

        Assert.Equal("letter.state", (string?)(await _api.SendAsync("POST", "/api/v1/tasks/a/dead-letters/dml_0@14/permit")).Body!["code"]);
        await Stored.BlockingAsync(_api, "dml_0@14");
        Assert.Equal(204, (await _api.SendAsync("POST", "/api/v1/tasks/a/dead-letters/dml_0@14/permit")).Status);
        (_, JsonNode? notes, _) = await _api.SendAsync("GET", "/api/v1/tasks/a/notes");
        Assert.Equal(["letter.replay", "letter.skip", "letter.permit"], notes!["notes"]!.AsArray().Select(static note => (string?)note!["action"]));
    }

    [Fact]
    public async Task Checkpoint_is_exported_imported_and_set_only_when_confirmed()
    {
        await _api.RunningAsync("a");
        Assert.Equal("checkpoint.unknown", (string?)(await _api.SendAsync("GET", "/api/v1/tasks/a/checkpoint")).Body!["code"]);
        await Stored.CheckpointAsync(_api);
        (_, JsonNode? shown, _) = await _api.SendAsync("GET", "/api/v1/tasks/a/checkpoint");
        using HttpResponseMessage file = await _api.Http.GetAsync(new Uri("/api/v1/tasks/a/checkpoint/export", UriKind.Relative));
        string exported = await file.Content.ReadAsStringAsync();
        Assert.Equal("checkpoint-a.json", file.Content.Headers.ContentDisposition!.FileName!.Trim('"'));

        Assert.Equal("checkpoint.state", (string?)(await _api.SendAsync("POST", "/api/v1/tasks/a/checkpoint/import?confirm=a", exported)).Body!["code"]);
        await _api.SendAsync("POST", "/api/v1/tasks/a/pause");
        await Eventually.TrueAsync(async () => await _api.Store.FindAsync("a", default) is { State: TaskState.Paused } && await _api.Store.FindStatusAsync("a", default) is { Phase: TaskPhase.Paused }, "it is paused");
        Assert.Equal("confirmation.missing", (string?)(await _api.SendAsync("POST", "/api/v1/tasks/a/checkpoint/import", exported)).Body!["code"]);
        (int status, JsonNode? imported, _) = await _api.SendAsync("POST", "/api/v1/tasks/a/checkpoint/import?confirm=a&note=why", exported);
        Assert.Equal((200, (string?)shown!["frontier"]), (status, (string?)imported!["frontier"]));

        (status, JsonNode? wrong, _) = await _api.SendAsync("PATCH", "/api/v1/tasks/a/checkpoint", """{"positions":{"dml_0":"9"},"confirm":"a"}""");
        Assert.Equal((422, "checkpoint.invalid"), (status, (string?)wrong!["code"]));
        Assert.Equal(400, (await _api.SendAsync("PATCH", "/api/v1/tasks/a/checkpoint", """{"frontier":"-1","accept":["everything"],"confirm":"a"}""")).Status);
        Assert.Equal("confirmation.missing", (string?)(await _api.SendAsync("PATCH", "/api/v1/tasks/a/checkpoint", """{"positions":{"dml_0":"9"},"confirm":"b"}""")).Body!["code"]);
        (status, JsonNode? set, _) = await _api.SendAsync("PATCH", "/api/v1/tasks/a/checkpoint", """{"positions":{"dml_0":"9"},"accept":["skipped"],"confirm":"a","note":"a bad record"}""");
        Assert.Equal((200, "9"), (status, (string?)set!["channels"]!["dml_0"]!["position"]));
    }

    [Fact]
    public async Task Collections_are_shown_with_what_they_are_on_the_target()
    {
        await _api.RunningAsync("a");
        const string mapping = """
            {"sourceId":445566,"database":"shop","name":"orders","id":77,"sourceShards":["dml_0_445566v0"],"shards":[{"vChannel":"t_0_77v0","pChannel":"t_0"}],"partitions":{"1":2},"gonePartitions":{},"dropped":false}
            """;
        await Etcd.PutAsync(Keys.Mappings("a") + "445566", System.Text.Encoding.UTF8.GetBytes(mapping), 0, default);

        (int status, JsonNode? answer, _) = await _api.SendAsync("GET", "/api/v1/tasks/a/collections");

        JsonNode one = Assert.Single(answer!["collections"]!.AsArray())!;
        Assert.Equal((200, "445566", "77", "shop.orders", "t_0_77v0"), (status, (string?)one["sourceId"], (string?)one["targetId"], (string?)one["targetName"], (string?)one["shards"]![0]!["target"]));
    }

    [Fact]
    public async Task Events_tell_what_happens_and_go_on_after_the_last_one_seen()
    {
        using HttpResponseMessage first = await OpenAsync("/api/v1/events?types=task,operation", lastEventId: null);
        using StreamReader stream = new(await first.Content.ReadAsStreamAsync());
        (string Type, string Id, JsonNode Data) hello = await NextAsync(stream);
        Assert.Equal("hello", hello.Type);
        await _api.RunningAsync("a");
        (string Type, string Id, JsonNode Data) created = await NextAsync(stream);
        Assert.Equal(("task", "a", "created"), (created.Type, (string?)created.Data["id"], (string?)created.Data["change"]));

        // Whoever comes later with that id gets the rest, and nothing twice.
        using HttpResponseMessage second = await OpenAsync("/api/v1/events?types=operation&task=a", created.Id);
        using StreamReader rest = new(await second.Content.ReadAsStreamAsync());
        Assert.Equal("hello", (await NextAsync(rest)).Type);
        Assert.Equal("task.create", (string?)(await NextAsync(rest)).Data["action"]);
        Assert.Equal(400, (await _api.SendAsync("GET", "/api/v1/events?types=everything")).Status);
    }

    [Fact]
    public async Task Version_and_caller_are_told()
    {
        Assert.Equal("MilvusCdc", (string?)(await _api.SendAsync("GET", "/api/v1/version")).Body!["product"]);
        Assert.Equal("Operator", (string?)(await _api.SendAsync("GET", "/api/v1/me")).Body!["role"]);
        Assert.Equal("route.unknown", (string?)(await _api.SendAsync("GET", "/api/v1/nothing")).Body!["code"]);
        Assert.Equal("method.unknown", (string?)(await _api.SendAsync("PUT", "/api/v1/tasks")).Body!["code"]);
    }

    private async Task<string?> WorkerAsync() =>
        (string?)(await _api.SendAsync("GET", "/api/v1/workers")).Body!["workers"]!.AsArray().Single(static worker => (string?)worker!["name"] == "worker-1")!["state"];

    private async Task<HttpResponseMessage> OpenAsync(string path, string? lastEventId)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return await _api.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<(string Type, string Id, JsonNode Data)> NextAsync(StreamReader stream)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        Dictionary<string, string> fields = [];
        while (await stream.ReadLineAsync(patience.Token) is { } line && (line.Length > 0 || fields.Count == 0))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                fields[line[..colon]] = line[(colon + 2)..];
            }
        }

        return (fields["event"], fields.GetValueOrDefault("id", ""), JsonNode.Parse(fields["data"])!);
    }
}
