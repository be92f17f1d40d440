using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.Compatible;

/// <summary>Secrets of requests are in no answer; <see cref="ApiProcess"/> looks into every log line of every test.</summary>
public sealed class CdcSecretsTests : IAsyncLifetime
{
    private static readonly string[] Requests =
    [
        """{"request_type":"create","request_data":{"task_id":"s1","milvus_connect_param":{"uri":"http://u:geheim@127.0.0.1:24201","token":"root:geheim"},"collection_infos":[{"name":"a"}]}}""",
        """{"request_type":"create","request_data":{"task_id":"s2","milvus_connect_param":{"host":"127.0.0.1","port":24202,"username":"root","password":"geheim"},"collection_infos":[{"name":"b"}]}}""",
        """{"request_type":"create","request_data":{"task_id":"s3","milvus_connect_param":{"uri":"http://u:geheim@127.0.0.1:1","token":"geheim"},"collection_infos":[{"name":"c"}]}}""",
        """{"request_type":"create","request_data":{"task_id":"s4","milvus_connect_param":{"uri":"tcp://u:geheim@127.0.0.1:24201"},"collection_infos":[{"name":"d"}]}}""",
        """{"request_type":"create","request_data":{"task_id":"s5","kafka_connect_param":{"address":"k:1","topic":"t","enable_sasl":true,"sasl":{"username":"u","password":"geheim"}},"collection_infos":[{"name":"e"}]}}""",
        """{"request_type":"create","request_data":{"task_id":"s1","milvus_connect_param":{"uri":"http://127.0.0.1:24201","password":"geheim"},"collection_infos":[{"name":"a"}]}}""",
        """{"request_type":"create","request_data":{"milvus_connect_param":{"token":"geheim""",
        """{"request_type":"get","request_data":{"task_id":"s1","token":"geheim"}}""",
        """{"request_type":"list","token":"geheim"}""",
        """{"request_type":"position","request_data":{"task_id":"s1"}}""",
        """{"request_type":"pause","request_data":{"task_id":"s1"}}""",
        """{"request_type":"resume","request_data":{"task_id":"s1"}}""",
    ];

    private EtcdProcess _etcd = null!;

    public async Task InitializeAsync() => _etcd = await EtcdProcess.StartAsync();

    public async Task DisposeAsync() => await _etcd.DisposeAsync();

    [Fact]
    public async Task No_answer_holds_a_secret()
    {
        await using ApiProcess api = await ApiProcess.StartAsync(_etcd);
        await api.PostAsync("""{"request_type":"maintenance","request_data":{"operation":"set_log_level","params":{"log_level":"debug"}}}""");
        foreach (string request in Requests)
        {
            Assert.DoesNotContain(ApiProcess.Secret, await api.PostAsync(request), StringComparison.Ordinal);
        }

        await Eventually.TrueAsync(async () => await api.Store.FindStatusAsync("s2", default) is not null, "the worker shows the tasks");
        foreach (string path in (string[])["/api/v1/tasks", "/api/v1/tasks/s1", "/cdc/metrics"])
        {
            Assert.DoesNotContain(ApiProcess.Secret, await api.Http.GetStringAsync(new Uri(path, UriKind.Relative)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reference_is_stored_as_one_and_a_client_may_not_name_any_secret_of_this_machine()
    {
        await using ApiProcess api = await ApiProcess.StartAsync(_etcd);
        await api.PostAsync("""{"request_type":"create","request_data":{"task_id":"r","milvus_connect_param":{"uri":"http://127.0.0.1:24201","token":"env:CDC_SECRET_T"},"collection_infos":[{"name":"a"}]}}""");
        Assert.Equal("env:CDC_SECRET_T", (await api.Store.FindAsync("r", default))!.Definition.Target.Token);

        await using ApiProcess probing = await ApiProcess.StartAsync(_etcd, realProbe: true);
        foreach ((string token, string expected) in ((string, string)[])[("env:PATH", "'env:PATH' may not be named by a client"), ("file:/etc/hostname", "'file:/etc/hostname' may not be named by a client"), ("env:CDC_SECRET_NOWHERE", "is not set")])
        {
            string answer = await probing.PostAsync(
                $$$"""{"request_type":"create","request_data":{"milvus_connect_param":{"uri":"http://127.0.0.1:1","token":"{{{token}}}","connect_timeout":1},"collection_infos":[{"name":"a"}]}}""");
            Assert.StartsWith("{\"code\":500,\"message\":\"fail to handle the create request, error: fail to connect the milvus: ", answer, StringComparison.Ordinal);
            Assert.Contains(expected, answer, StringComparison.Ordinal);
        }
    }
}
