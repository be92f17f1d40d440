using System.Net;
using System.Text;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.Compatible;

public sealed class CdcEndpointTests : IAsyncLifetime
{
    private EtcdProcess _etcd = null!;
    private ApiProcess _api = null!;

    public async Task InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        _api = await ApiProcess.StartAsync(_etcd);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Task_lives_through_the_api()
    {
        Assert.Equal("""{"code":200,"data":{"task_id":"a"}}""" + "\n", await CreateAsync("a"));
        Assert.Contains("\"state\":\"Running\"", await _api.PostAsync("""{"request_type":"get","request_data":{"task_id":"a"}}"""), StringComparison.Ordinal);
        Assert.Equal("{\"code\":200}\n", await _api.PostAsync("""{"request_type":"pause","request_data":{"task_id":"a"}}"""));
        string paused = await _api.PostAsync("""{"request_type":"get","request_data":{"task_id":"a"}}""");
        Assert.Contains("\"reason\":\"manually pause through http interface\",\"state\":\"Paused\"", paused, StringComparison.Ordinal);
        Assert.Equal("{\"code\":200}\n", await _api.PostAsync("""{"request_type":"resume","request_data":{"task_id":"a"}}"""));
        Assert.Contains("the task has running", await _api.PostAsync("""{"request_type":"resume","request_data":{"task_id":"a"}}"""), StringComparison.Ordinal);
        Assert.Equal("{\"code\":200}\n", await _api.PostAsync("""{"request_type":"delete","request_data":{"task_id":"a"}}"""));
        Assert.Contains("not found: [a]", await _api.PostAsync("""{"request_type":"get","request_data":{"task_id":"a"}}"""), StringComparison.Ordinal);
        Assert.Equal("""{"code":200,"data":{"task_id":"a"}}""" + "\n", await CreateAsync("a"));
    }

    [Fact]
    public async Task Secrets_are_never_answered()
    {
        await _api.PostAsync("""
            {"request_type":"create","request_data":{"task_id":"s","collection_infos":[{"name":"c"}],
            "milvus_connect_param":{"uri":"http://u:geheim@127.0.0.1:19530","token":"root:geheim","username":"u","password":"geheim"}}}
            """);
        await Eventually.TrueAsync(async () => await _api.Store.FindStatusAsync("s", default) is not null, "the worker shows the task");

        foreach (string type in (string[])["get", "list", "position"])
        {
            Assert.DoesNotContain("geheim", await _api.PostAsync($$$"""{"request_type":"{{{type}}}","request_data":{"task_id":"s"}}"""), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("geheim", await _api.Http.GetStringAsync(new Uri("/api/v1/tasks", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal("root:geheim", (await _api.Store.FindAsync("s", default))!.Definition.Target.Token);
    }

    [Fact]
    public async Task Fault_is_shown_as_the_reason_of_a_running_task()
    {
        await CreateAsync("a");
        await Eventually.TrueAsync(() => _api.Engine.Runs.ContainsKey("a"), "it runs");
        _api.Engine.Runs["a"].End.SetException(new ReplicationStoppedException(TaskPhase.Blocked, "an import was met"));

        await Eventually.TrueAsync(
            async () => (await _api.PostAsync("""{"request_type":"get","request_data":{"task_id":"a"}}""")).Contains("\"reason\":\"an import was met", StringComparison.Ordinal), "the reason is shown");
        Assert.Equal("{\"code\":200}\n", await _api.PostAsync("""{"request_type":"resume","request_data":{"task_id":"a"}}"""));
        await Eventually.TrueAsync(async () => await _api.Store.FindStatusAsync("a", default) is { Phase: TaskPhase.Streaming }, "it goes on");
    }

    [Fact]
    public async Task Policies_are_kept_and_a_wrong_one_is_named_with_what_is_allowed()
    {
        const string create = """{"request_type":"create","request_data":{"task_id":"p","collection_infos":[{"name":"c"}],"milvus_connect_param":{"uri":"http://127.0.0.1:19530"},"extra_info":EXTRA}}""";

        string refused = await _api.PostAsync(create.Replace("EXTRA", """{"metadata_changes":"perhaps"}""", StringComparison.Ordinal));
        Assert.Contains("extra_info.metadata_changes is 'perhaps', allowed: 'replicate', 'ignore', 'block'", refused, StringComparison.Ordinal);

        string unknown = await _api.PostAsync(create.Replace("EXTRA", """{"refused_messages":"setaside"}""", StringComparison.Ordinal));
        Assert.Contains("extra_info.refused_messages is 'setaside', allowed: 'block', 'set_aside'", unknown, StringComparison.Ordinal);

        await _api.PostAsync(create.Replace("EXTRA", """{"metadata_changes":"block","unsupported_changes":"ignore","refused_messages":"set_aside"}""", StringComparison.Ordinal));
        TaskPolicies kept = (await _api.Store.FindAsync("p", default))!.Definition.Policies;
        Assert.Equal((MetadataPolicy.Block, UnsupportedPolicy.Ignore, RefusedPolicy.SetAside), (kept.Metadata, kept.Unsupported, kept.Refused));
    }

    [Fact]
    public async Task Known_id_is_answered_with_itself()
    {
        await CreateAsync("a");
        Assert.Equal("""{"code":200,"data":{"task_id":"a"}}""" + "\n", await CreateAsync("a"));
        Assert.Contains("duplicate with existing task, [default.c]", await CreateAsync("b"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_equal_creations_at_the_same_time_one_wins()
    {
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => CreateAsync($"t{index}")));

        Assert.Single(answers, static answer => answer.StartsWith("{\"code\":200", StringComparison.Ordinal));
        Assert.Equal(7, answers.Count(static answer => answer.StartsWith("{\"code\":400", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("\"x\"")]
    [InlineData("""{"request_type":"create","request_data":{"milvus_connect_param":{"port":{}}}}""")]
    [InlineData("""{"request_type":"get","request_data":[]}""")]
    public async Task Nonsense_is_answered_with_500(string body) => Assert.StartsWith("{\"code\":500,\"message\":", await _api.PostAsync(body), StringComparison.Ordinal);

    [Fact]
    public async Task Deep_nesting_does_not_end_the_process()
    {
        StringBuilder body = new("""{"request_type":"create","request_data":{"task_id":""");
        body.Append('[', 9_900).Append(']', 9_900).Append("}}");

        Assert.StartsWith("{\"code\":500", await _api.PostAsync(body.ToString()), StringComparison.Ordinal);
        Assert.StartsWith("{\"code\":500", await _api.PostAsync(new string('[', 1_000_000)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_methods_are_405_in_the_body()
    {
        using HttpResponseMessage answer = await _api.Http.GetAsync(new Uri("/cdc", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("{\"code\":405,\"message\":\"only support the POST method\"}\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Etcd_that_is_away_is_a_sentence()
    {
        await _etcd.KillAsync();

        string answer = await _api.PostAsync("""{"request_type":"list"}""");
        Assert.StartsWith("{\"code\":500,\"message\":\"fail to handle the list request, error: etcd at ", answer, StringComparison.Ordinal);
        using HttpResponseMessage rest = await _api.Http.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (rest.StatusCode, rest.Content.Headers.ContentType!.MediaType));
    }

    private Task<string> CreateAsync(string id) => _api.PostAsync(
        $$$"""{"request_type":"create","request_data":{"task_id":"{{{id}}}","milvus_connect_param":{"uri":"http://127.0.0.1:19530"},"collection_infos":[{"name":"c"}]}}""");
}
