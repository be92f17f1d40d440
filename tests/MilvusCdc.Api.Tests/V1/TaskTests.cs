using System.Text.Json.Nodes;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.V1;

public sealed class TaskTests(OneEtcd etcd) : IAsyncLifetime, IClassFixture<OneEtcd>
{
    private V1Process _api = null!;

    public async Task InitializeAsync() => _api = await V1Process.StartAsync(etcd.Process);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task Task_lives_from_creation_to_deletion()
    {
        (int status, JsonNode? created, var headers) = await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"));
        Assert.Equal((201, "a", "/api/v1/tasks/a"), (status, (string?)created!["id"], headers.Location!.ToString()));
        Assert.Equal((string?)created["etag"], headers.ETag!.Tag);
        await _api.PhaseAsync("a", TaskPhase.Streaming);

        (status, JsonNode? paused, _) = await _api.SendAsync("POST", "/api/v1/tasks/a/pause", """{"reason":"the target gets more memory"}""");
        Assert.Equal((200, "Pause"), (status, (string?)paused!["intent"]));
        await _api.PhaseAsync("a", TaskPhase.Paused);
        Assert.Equal("the target gets more memory", (string?)(await GetAsync("a"))["reason"]);
        (status, JsonNode? again, _) = await _api.SendAsync("POST", "/api/v1/tasks/a/pause");
        Assert.Equal((200, (string?)paused["etag"]), (status, (string?)again!["etag"]));

        (status, _, _) = await _api.SendAsync("POST", "/api/v1/tasks/a/resume");
        Assert.Equal(200, status);
        await _api.PhaseAsync("a", TaskPhase.Streaming);

        (status, _, _) = await _api.SendAsync("DELETE", "/api/v1/tasks/a");
        Assert.Equal(202, status);
        await Eventually.TrueAsync(async () => (await _api.SendAsync("GET", "/api/v1/tasks/a")).Status == 404, "it is gone");
        Assert.Equal("task.unknown", (string?)(await _api.SendAsync("DELETE", "/api/v1/tasks/a")).Body!["code"]);
    }

    [Fact]
    public async Task Creation_is_repeatable_by_its_id()
    {
        Assert.Equal(201, (await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"))).Status);
        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"))).Status);
        Assert.Single(_api.Planner.Asked);

        (int status, JsonNode? other, _) = await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a", "shop.parts"));
        Assert.Equal((409, "task.exists"), (status, (string?)other!["code"]));
        (status, JsonNode? overlap, _) = await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("b"));
        Assert.Equal((409, "task.overlaps", "/collections/include"), (status, (string?)overlap!["code"], (string?)overlap["errors"]![0]!["where"]));
    }

    [Fact]
    public async Task Of_equal_creations_at_the_same_time_one_creates()
    {
        int[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => (await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"))).Status));

        Assert.Equal([200, 200, 200, 200, 200, 201], answers.Order());
    }

    [Fact]
    public async Task Wider_task_leaves_to_others_what_they_have()
    {
        await _api.RunningAsync("narrow");
        (int status, JsonNode? wide, _) = await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("wide", "*.*"));

        Assert.Equal((201, "shop.orders"), (status, (string?)wide!["definition"]!["collections"]!["exclude"]![0]));
        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("wide", "*.*"))).Status);
    }

    [Fact]
    public async Task Task_whose_plan_has_errors_is_refused_with_the_plan_unless_planning_is_skipped()
    {
        _api.Planner.Findings.Add(new PlanFinding(PlanSeverity.Error, "target.replicate_mode", "127.0.0.1:19530", "it is an ordinary instance", "set common.ttMsgEnabled: false"));

        (int status, JsonNode? refused, _) = await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"));
        Assert.Equal((422, "plan.refused", 2), (status, (string?)refused!["code"], refused["plan"]!["findings"]!.AsArray().Count));
        Assert.Contains("it is an ordinary instance; set common.ttMsgEnabled: false", (string?)refused["detail"], StringComparison.Ordinal);
        Assert.Equal(404, (await _api.SendAsync("GET", "/api/v1/tasks/a")).Status);
        Assert.Equal(201, (await _api.SendAsync("POST", "/api/v1/tasks?skipPlan=true", V1Process.Body("a"))).Status);
    }

    [Fact]
    public async Task Warnings_do_not_keep_a_task_out_and_plans_create_nothing()
    {
        _api.Planner.Findings.Add(new PlanFinding(PlanSeverity.Warning, "data.not_copied", "1 collection", "rows before its start are not copied", "restore a backup"));

        (int status, JsonNode? plan, _) = await _api.SendAsync("POST", "/api/v1/plan", V1Process.Body("a"));
        Assert.Equal((200, true, "Warning"), (status, (bool)plan!["accepted"]!, (string?)plan["findings"]![1]!["severity"]));
        Assert.Equal(404, (await _api.SendAsync("GET", "/api/v1/tasks/a")).Status);
        await _api.RunningAsync("a");
        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/tasks/a/plan")).Status);
        Assert.True(_api.Planner.Asked[^1].Exists);
    }

    [Fact]
    public async Task Patch_changes_what_may_change_and_the_worker_begins_anew_with_it()
    {
        await _api.RunningAsync("a");
        string tag = (string)(await GetAsync("a"))["etag"]!;

        (int status, JsonNode? changed, _) = await _api.SendAsync(
            "PATCH", "/api/v1/tasks/a", """{"target":{"token":"root:neu","connectTimeoutSeconds":3},"policies":{"metadata":"ignore"},"autoStart":false}""", ifMatch: tag);
        Assert.Equal(200, status);
        Assert.NotEqual(tag, (string?)changed!["etag"]);
        Assert.Equal(("Ignore", false, true), ((string?)changed["definition"]!["policies"]!["metadata"], (bool)changed["definition"]!["autoStart"]!, (bool)changed["definition"]!["target"]!["hasToken"]!));
        await Eventually.TrueAsync(() => _api.Engine.Runs.TryGetValue("a", out SteeredEngine.Run? run) && run.Task.Target.Token == "root:neu", "the engine runs with the new login");
        Assert.Equal("Run", (string?)(await GetAsync("a"))["intent"]);

        (status, JsonNode? stale, _) = await _api.SendAsync("PATCH", "/api/v1/tasks/a", """{"autoStart":true}""", ifMatch: tag);
        Assert.Equal((412, "task.changed"), (status, (string?)stale!["code"]));
        (status, JsonNode? fixedParts, _) = await _api.SendAsync("PATCH", "/api/v1/tasks/a", """{"collections":{"include":["*.*"]},"target":{"address":"http://x"},"colour":1}""");
        Assert.Equal((400, "/collections,/target/address,/colour"), (status, string.Join(',', fixedParts!["errors"]!.AsArray().Select(static error => (string?)error!["where"]).Distinct())));
    }

    [Fact]
    public async Task Secrets_are_never_answered()
    {
        const string body = """{"id":"s","target":{"address":"https://127.0.0.1:19530","token":"root:geheim"},"collections":{"include":["*.*"]}}""";
        (int status, JsonNode? created, _) = await _api.SendAsync("POST", "/api/v1/tasks", body);
        Assert.Equal(201, status);
        await _api.PhaseAsync("s", TaskPhase.Streaming);
        foreach (string path in (string[])["/api/v1/tasks", "/api/v1/tasks/s", "/api/v1/tasks/s/progress", "/api/v1/operations"])
        {
            Assert.DoesNotContain("geheim", (await _api.SendAsync("GET", path)).Body!.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("geheim", created!.ToJsonString(), StringComparison.Ordinal);
        (_, JsonNode? refused, _) = await _api.SendAsync("POST", "/api/v1/tasks", body.Replace("https://", "https://u:geheim@", StringComparison.Ordinal));
        Assert.DoesNotContain("geheim", refused!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_now_is_for_tasks_at_a_fault()
    {
        await _api.RunningAsync("a");
        Assert.Equal("task.state", (string?)(await _api.SendAsync("POST", "/api/v1/tasks/a/retry-now")).Body!["code"]);
        _api.Engine.Runs["a"].End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "an import was met"));
        await _api.PhaseAsync("a", TaskPhase.Blocked);
        Assert.Contains("an import was met", (string?)(await GetAsync("a"))["reason"], StringComparison.Ordinal);

        Assert.Equal(200, (await _api.SendAsync("POST", "/api/v1/tasks/a/retry-now")).Status);
        await _api.PhaseAsync("a", TaskPhase.Streaming);
    }

    [Fact]
    public async Task List_filters_and_pages()
    {
        foreach (string id in (string[])["t1", "t2", "t3"])
        {
            await _api.RunningAsync(id, $"shop.{id}");
        }

        await _api.SendAsync("POST", "/api/v1/tasks/t2/pause");
        await _api.PhaseAsync("t2", TaskPhase.Paused);
        Assert.Equal(["t2"], await IdsAsync("?state=paused"));
        Assert.Equal(["t1", "t3"], await IdsAsync("?phase=Streaming"));
        Assert.Equal(["t3"], await IdsAsync("?q=T3"));
        Assert.Equal(["t1", "t2", "t3"], await IdsAsync("?target=http://127.0.0.1:19530"));

        (_, JsonNode? first, _) = await _api.SendAsync("GET", "/api/v1/tasks?limit=2");
        Assert.Equal(2, first!["tasks"]!.AsArray().Count);
        Assert.Equal(["t3"], await IdsAsync($"?limit=2&cursor={first["next"]}"));
        (int status, JsonNode? wrong, _) = await _api.SendAsync("GET", "/api/v1/tasks?limit=0&state=Sleeping&colour=red&cursor=%21");
        Assert.Equal((400, 4), (status, wrong!["errors"]!.AsArray().Count));
    }

    [Fact]
    public async Task Progress_tells_lag_and_whether_the_target_could_take_over()
    {
        await _api.RunningAsync("a");
        TaskProgress progress = _api.Engine.Runs["a"].Progress;
        progress.Channels["dml_0"] = new ChannelProgress { InUse = true, Acknowledged = 5_000UL << 18 };
        progress.Channels["dml_1"] = new ChannelProgress { InUse = true, Acknowledged = 4_000UL << 18 };
        await Eventually.TrueAsync(async () => (await _api.Store.FindStatusAsync("a", default))!.Channels.Count == 2, "the status is published");

        (int status, JsonNode? answer, _) = await _api.SendAsync("GET", "/api/v1/tasks/a/progress");
        Assert.Equal((200, 1000L, "dml_1", false), (status, (long)answer!["lagMs"]!, (string?)answer["slowestChannel"], (bool)answer["cutover"]!["safe"]!));

        progress.CaughtUp = true;
        await Eventually.TrueAsync(async () => (bool)(await _api.SendAsync("GET", "/api/v1/tasks/a/progress")).Body!["cutover"]!["safe"]!, "it is safe");
        progress.Notice("bulk import ignored");
        await Eventually.TrueAsync(
            async () => (await _api.SendAsync("GET", "/api/v1/tasks/a/progress")).Body!["cutover"]!["checks"]!.AsArray().Any(static check => !(bool)check!["holds"]! && ((string)check["text"]!).Contains("bulk import", StringComparison.Ordinal)),
            "what was left out is told");
    }

    private async Task<JsonNode> GetAsync(string id) => (await _api.SendAsync("GET", $"/api/v1/tasks/{id}")).Body!;

    private async Task<string[]> IdsAsync(string query) =>
        [.. (await _api.SendAsync("GET", "/api/v1/tasks" + query)).Body!["tasks"]!.AsArray().Select(static task => (string)task!["id"]!)];
}
