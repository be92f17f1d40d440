using System.Text.RegularExpressions;
using MilvusCdc.Core.Engine;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.Compatible;

/// <summary><c>/cdc/metrics</c> against what the Go server showed after tasks had run (recordings/go-api/metrics.txt).</summary>
public sealed partial class CdcMetricsTests : IAsyncLifetime
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
    public async Task Names_types_and_labels_are_those_of_the_go_tool()
    {
        await RunTaskAsync("a");
        await Eventually.TrueAsync(async () => (await MetricsAsync()).Contains("milvus_cdc_center_tt", StringComparison.Ordinal), "the worker has told what it does");

        string ours = await MetricsAsync();
        string recorded = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "recordings", "go-api", "metrics.txt"));
        Assert.Equal(Series(recorded).Order(StringComparer.Ordinal), Series(ours).Order(StringComparer.Ordinal));
        Assert.All(ours.Split('\n').Where(static line => line is not ("" or ['#', ..])), static line => Assert.Matches(Sample(), line));
    }

    [Fact]
    public async Task Values_follow_the_task()
    {
        await RunTaskAsync("a");
        await Eventually.TrueAsync(async () => (await MetricsAsync()).Contains("""milvus_cdc_replicate_data_cnt{api_type="insert",collection_id="7",collection_name="books",op_type="write",task_id="a"} 5""", StringComparison.Ordinal), "rows are counted");
        string running = await MetricsAsync();
        Assert.Contains("milvus_cdc_task_num{task_state=\"Running\"} 1\n", running, StringComparison.Ordinal);
        Assert.Contains("milvus_cdc_replicate_data_size{msg_type=\"Insert\",op_type=\"read\",task_id=\"a\",vchannel_name=\"sp-dml_0\"} 100\n", running, StringComparison.Ordinal);
        Assert.Contains("milvus_cdc_api_execute_total{api_type=\"CreateCollection\",task_id=\"a\"} 1\n", running, StringComparison.Ordinal);
        Assert.Contains("milvus_cdc_center_tt{channel_name=\"t-dml_3\"} 1700000000000\n", running, StringComparison.Ordinal);

        await _api.PostAsync("""{"request_type":"delete","request_data":{"task_id":"a"}}""");
        await _api.PostAsync("""{"request_type":"nonsense"}""");
        string deleted = await MetricsAsync();
        Assert.Contains("milvus_cdc_task_state{task_id=\"a\"} -1\n", deleted, StringComparison.Ordinal);
        Assert.Contains("milvus_cdc_request_total{request_status=\"total\",request_type=\"unknown\"} 1\n", deleted, StringComparison.Ordinal);
        Assert.Contains("milvus_cdc_request_latency_count{request_type=\"create\"} 1\n", deleted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_level_is_changed_while_the_process_runs()
    {
        Assert.DoesNotContain("Debug", Levels(), StringComparison.Ordinal);

        Assert.Equal("{\"code\":200,\"data\":{\"State\":\"set log level to debug\"}}\n", await _api.PostAsync("""{"request_type":"maintenance","request_data":{"operation":"set_log_level","params":{"log_level":"debug"}}}"""));
        await _api.PostAsync("""{"request_type":"list"}""");
        Assert.Contains("Debug", Levels(), StringComparison.Ordinal);

        string Levels() => string.Join('\n', _api.Logs.Lines.Where(static line => line.StartsWith("Debug", StringComparison.Ordinal)));
    }

    private async Task RunTaskAsync(string id)
    {
        await _api.PostAsync($$$"""{"request_type":"create","request_data":{"task_id":"{{{id}}}","milvus_connect_param":{"uri":"http://127.0.0.1:24201"},"collection_infos":[{"name":"books"}]}}""");
        await Eventually.TrueAsync(() => _api.Engine.Runs.ContainsKey(id), "it runs");
        TaskProgress progress = _api.Engine.Runs[id].Progress;
        progress.Channels["sp-dml_0"] = new ChannelProgress { Read = 1_700_000_000_000UL << 18, Acknowledged = 1_700_000_000_000UL << 18, InUse = true };
        progress.Collections[7] = new CollectionProgress { SourceName = "default.books", TargetName = "default.books" };
        progress.Collections[7].Count(5, 0);
        progress.Counters.Read("sp-dml_0", MsgType.Insert, 100);
        progress.Counters.Written("sp-dml_0", MsgType.Insert, 101);
        progress.Counters.Called("CreateCollection");
        progress.Counters.Called("DescribeCollection");
        progress.Counters.TargetTicks["t-dml_3"] = 1_700_000_000_000;
    }

    private Task<string> MetricsAsync() => _api.Http.GetStringAsync(new Uri("/cdc/metrics", UriKind.Relative));

    // "name{label,label} type"
    private static HashSet<string> Series(string metrics)
    {
        Dictionary<string, string> types = Types().Matches(metrics).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value, StringComparer.Ordinal);
        return [.. Labelled().Matches(metrics).Select(match => $"{match.Groups[1].Value}{{{string.Join(',', Label().Matches(match.Groups[2].Value).Select(static label => label.Groups[1].Value))}}} {types[Family(match.Groups[1].Value)]}")];

        string Family(string name) => types.ContainsKey(name) ? name : name[..name.LastIndexOf('_')];
    }

    [GeneratedRegex(@"^# TYPE (\w+) (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex(@"^(\w+)\{(.*)\} ", RegexOptions.Multiline)]
    private static partial Regex Labelled();

    [GeneratedRegex(@"(\w+)=""")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z_]+\{(\w+=""[^""]*"",?)+\} -?[0-9.]+$")]
    private static partial Regex Sample();
}
