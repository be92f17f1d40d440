using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.TakeOver;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.TakeOver;

/// <summary>A Go meta store built by the test, beside a recorded source in a real etcd and a broker.</summary>
public sealed class TakeOverRunTests : IAsyncLifetime
{
    private const string Channel = "s1-rootcoord-dml_0";

    private static readonly Recording Session = Recording.Open(Path.Combine(Repository.Root, "recordings", "kafka-2.3.5"));

    private EtcdProcess _etcd = null!;
    private EtcdClient _client = null!;
    private KafkaBroker _broker = null!;

    public async Task InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions(), default);
        foreach (RecordedMessage message in Session.Topics.SelectMany(Session.Messages))
        {
            _broker.Append(message.Topic, message.Value, [], message.TimestampMs);
        }

        _client = new EtcdClient(new EtcdOptions { Endpoints = [$"http://{_etcd.Endpoint}"] }, TimeProvider.System);
        foreach (EtcdEntry entry in Session.EtcdAfter())
        {
            await _client.PutAsync(entry.Key, entry.Value, 0, default);
        }
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _broker.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Positions_become_those_of_the_ticks_that_closed_what_was_copied()
    {
        (long id, string shard) = await AnyCollectionAsync();
        (long tick, ulong at) = Ticks().ElementAt(40);
        long leftOver = Session.Messages(Channel).Select(static message => message.Offset).Where(offset => offset < tick).Max();
        await PutTaskAsync("a", 1);
        await PutPositionAsync("a", id, tick, time: MilvusTime.PhysicalMs(at));
        await PutTaskAsync("b", 2, "http://other:1");
        await PutPositionAsync("b", id, leftOver, time: MilvusTime.PhysicalMs(at) + 60_000);

        TakeOverReport planned = await RunAsync(apply: false);
        Assert.True(planned.IsComplete, planned.ToText());
        Assert.Contains("dry run", planned.ToText(), StringComparison.Ordinal);
        Assert.Empty((await _client.RangeAsync("ours/", null, default)).Items);

        TakeOverReport done = await RunAsync(apply: true);
        Assert.All(done.Tasks, static task => Assert.Equal(TakeOverOutcome.TakenOver, task.Outcome));
        MsgPosition exact = MsgPosition.Parser.ParseFrom(Convert.FromBase64String(done.Tasks[0].Record!.Definition.Positions[shard]));
        MsgPosition before = MsgPosition.Parser.ParseFrom(Convert.FromBase64String(done.Tasks[1].Record!.Definition.Positions[shard]));
        Assert.Equal((at, tick), (exact.Timestamp, BinaryPrimitives.ReadInt64LittleEndian(exact.MsgID.Span)));
        Assert.Equal(leftOver, BinaryPrimitives.ReadInt64LittleEndian(before.MsgID.Span));
        Assert.True(before.Timestamp <= at);
        Assert.Contains(done.Tasks[1].Findings, static finding => finding.Contains("ms later than the source's", StringComparison.Ordinal));
        Assert.Equal((TaskIntent.Run, TaskIntent.Pause), (done.Tasks[0].Record!.Intent, done.Tasks[1].Record!.Intent));

        Assert.All((await RunAsync(apply: true)).Tasks, static task => Assert.Equal(TakeOverOutcome.AlreadyHere, task.Outcome));
        Assert.DoesNotContain("geheim", done.ToText() + string.Join(' ', done.Tasks), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Position_that_the_log_no_longer_has_is_a_refusal_and_harms_no_other_task()
    {
        (long id, _) = await AnyCollectionAsync();
        (long tick, _) = Ticks().ElementAt(40);
        await PutTaskAsync("good", 1);
        await PutPositionAsync("good", id, tick, time: 1);
        await PutTaskAsync("late", 1, "http://other:1");
        await PutPositionAsync("late", id, 10_000_000, time: 1);
        await PutAsync("go/task_info/broken", "garbage");

        TakeOverReport report = await RunAsync(apply: true);

        Assert.False(report.IsComplete);
        Assert.Equal(
            [("broken", TakeOverOutcome.Refused), ("good", TakeOverOutcome.TakenOver), ("late", TakeOverOutcome.Refused)], report.Tasks.Select(static task => (task.Id, task.Outcome)));
        Assert.Contains(report.Tasks[2].Findings, static finding => finding.Contains("position 10000000 is wanted", StringComparison.Ordinal) && finding.Contains("copy the collection anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Running_go_tool_and_empty_store_take_nothing_over()
    {
        Assert.Contains("Cdc:TakeOver:RootPath", (await RunAsync(apply: true)).Obstacle, StringComparison.Ordinal);

        (long id, _) = await AnyCollectionAsync();
        await PutTaskAsync("a", 1);
        using CancellationTokenSource stop = new();
        Task running = Task.Run(async () =>
        {
            for (long offset = Ticks().First().Offset; !stop.IsCancellationRequested; offset++)
            {
                await PutPositionAsync("a", id, Ticks().First().Offset, time: offset);
            }
        });
        await Eventually.TrueAsync(async () => (await _client.RangeAsync("go/task_position/", null, default)).Items.Count > 0, "the Go tool writes positions");
        TakeOverReport report = await RunAsync(apply: true, stillness: "2s");
        await stop.CancelAsync();
        await running;

        Assert.Contains("still running", report.Obstacle, StringComparison.Ordinal);
        Assert.Empty((await _client.RangeAsync("ours/", null, default)).Items);
    }

    private static IEnumerable<(long Offset, ulong Timestamp)> Ticks() => Session.Messages(Channel).Select(static message => (message.Offset, Envelope: Envelope.Scan(message.Value)))
        .Where(static message => message.Envelope.Type is MsgType.TimeTick).Select(static message => (message.Offset, message.Envelope.BaseTimestamp));

    private Task<TakeOverReport> RunAsync(bool apply, string stillness = "0s")
    {
        CdcOptions options = CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Cdc:Source:Etcd:Endpoints"] = $"http://{_etcd.Endpoint}",
            ["Cdc:Source:Etcd:RootPath"] = Session.RootPath,
            ["Cdc:Source:Kafka:BootstrapServers"] = _broker.BootstrapServers,
            ["Cdc:Source:ReplicateChannel"] = Session.ReplicateChannel,
            ["Cdc:MetaStore:RootPath"] = "ours",
            ["Cdc:TakeOver:RootPath"] = "go",
            ["Cdc:TakeOver:Stillness"] = stillness,
        }).Build());
        return new TakeOverRun(options, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(apply, default);
    }

    // A collection that has a shard on the channel.
    private async Task<(long Id, string Shard)> AnyCollectionAsync()
    {
        await using CatalogWatcher watcher = new(
            _client, _etcd.Endpoint,
            new CatalogOptions { RootPath = Session.RootPath }, TimeProvider.System, NullLogger<CatalogWatcher>.Instance);
        await watcher.StartAsync(default);
        SourceCollection found = watcher.History.CollectionsAt(ulong.MaxValue).First(static collection => collection.PhysicalChannels.Contains(Channel));
        return (found.Id, found.VirtualChannels[found.PhysicalChannels.ToList().IndexOf(Channel)]);
    }

    private Task PutTaskAsync(string id, int state, string target = "http://target:1") => PutAsync(
        $"go/task_info/{id}",
        $$$"""{"TaskID":"{{{id}}}","MilvusConnectParam":{"uri":"{{{target}}}","token":"root:geheim"},"KafkaConnectParam":{"address":""},"DBCollections":{"*":[{"name":"*"}]},"State":{{{state}}},"Reason":"by hand"}""");

    private Task PutPositionAsync(string task, long collection, long offset, long time)
    {
        byte[] messageId = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(messageId, offset);
        return PutAsync(
            $"go/task_position/{task}/{collection}",
            $$"""{"TaskID":"{{task}}","CollectionID":{{collection}},"CollectionName":"c","Positions":{"{{Channel}}":{"StartTime":0,"Time":{{time}},"DataPair":{"key":"{{Channel}}","data":"{{Convert.ToBase64String(messageId)}}"},"Dropped":false} } }""");
    }

    private Task PutAsync(string key, string value) => _client.PutAsync(key, Encoding.UTF8.GetBytes(value), 0, default);
}
