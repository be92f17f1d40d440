using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Tests.Plan;

/// <summary>The plan report against a recorded source and targets that are as they should not be.</summary>
public sealed class TaskPlannerTests(TaskPlannerTests.Source source) : IClassFixture<TaskPlannerTests.Source>, IDisposable
{
    private readonly List<IDisposable> _open = [];

    public void Dispose() => _open.ForEach(static one => one.Dispose());

    [Fact]
    public async Task Target_that_is_ready_is_accepted_with_everything_that_will_be_done()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });

        PlanReport plan = await PlanAsync(Task(target.Address));

        Assert.True(plan.Accepted, Text(plan));
        Assert.Equal(("2.3.5", "v2.3.5"), (plan.SourceVersion, plan.TargetVersion));
        Assert.Contains("default.books", plan.Collections.Select(static one => one.Source));
        Assert.All(plan.Collections, static one => Assert.Equal("nothing", one.OnTarget));
        Assert.Contains(PlanBed.ReplicateChannel, plan.Channels.Select(static one => one.Name));
        Assert.NotNull(plan.LogSince);
        foreach (string code in (string[])["target.tcp", "target.http2", "target.auth", "target.version", "target.replicate_mode", "source.metadata", "source.version", "source.log"])
        {
            Assert.Contains(plan.Findings, finding => finding.Code == code && finding.Severity is PlanSeverity.Ok);
        }

        Assert.Contains("the log goes back to", Finding(plan, "log.retention", PlanSeverity.Note).Text, StringComparison.Ordinal);
        Assert.Contains("rows that were written before its start are not copied", Finding(plan, "data.not_copied", PlanSeverity.Warning).Text, StringComparison.Ordinal);
        Assert.Contains("bulk imports", plan.Findings.Where(static finding => finding.Code == "data.not_copied").Select(static finding => finding.Where));
        Assert.Equal("shop", Finding(plan, "target.database", PlanSeverity.Note).Where);
        Assert.DoesNotContain("ReplicateMessage", target.Milvus.Snapshot().ToString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ordinary_instance_is_an_error_that_says_which_setting_to_change()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { TtMsgEnabled = true });

        PlanReport plan = await PlanAsync(Task(target.Address));

        Assert.False(plan.Accepted);
        Assert.Contains("common.ttMsgEnabled: false", Finding(plan, "target.replicate_mode", PlanSeverity.Error).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_that_is_down_is_an_error_and_the_source_is_looked_at_all_the_same()
    {
        using KeptPort nobody = KeptPort.Take();
        PlanReport plan = await PlanAsync(Task(nobody.Address));

        Assert.False(plan.Accepted);
        Assert.Contains("Connection refused", Finding(plan, "target.tcp", PlanSeverity.Error).Text, StringComparison.Ordinal);
        Assert.NotEmpty(plan.Collections);
        Assert.Null(plan.TargetVersion);
    }

    [Fact]
    public async Task Name_that_nobody_knows_is_told_as_such()
    {
        PlanReport plan = await PlanAsync(Task(new Uri("http://milvus.invalid:19530")));

        Assert.Equal("milvus.invalid", Finding(plan, "target.dns", PlanSeverity.Error).Where);
    }

    [Fact]
    public async Task Certificate_for_another_name_is_told_with_its_names_and_fits_when_the_name_is_stated()
    {
        await using TlsTarget target = await TlsTarget.StartAsync("milvus.internal");
        TaskDefinition task = Task(target.Address);

        PlanReport wrong = await PlanAsync(task with { Target = task.Target with { AuthorityFile = target.AuthorityFile } });
        Assert.Contains("not for '127.0.0.1': it is for 'milvus.internal'", Finding(wrong, "target.tls_name", PlanSeverity.Error).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong.Findings, static finding => finding.Code == "target.tls_trust");

        PlanReport untrusted = await PlanAsync(task with { Target = task.Target with { ServerName = "milvus.internal" } });
        Assert.Contains("authorityFile", Finding(untrusted, "target.tls_trust", PlanSeverity.Error).Advice, StringComparison.Ordinal);

        PlanReport right = await PlanAsync(task with { Target = task.Target with { AuthorityFile = target.AuthorityFile, ServerName = "milvus.internal" } });
        Assert.True(right.Accepted, Text(right));
        Assert.Contains("until 2099-01-01", Finding(right, "target.tls", PlanSeverity.Ok).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_to_a_target_without_tls_is_told()
    {
        await using TargetServer target = await TargetServer.StartAsync();

        PlanReport plan = await PlanAsync(Task(new Uri($"https://127.0.0.1:{target.Address.Port}")));

        Assert.Contains("http:// instead of https://", Finding(plan, "target.tls", PlanSeverity.Error).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_on_the_port_is_told()
    {
        PlanReport plan = await PlanAsync(Task(new Uri($"http://{source.Bed.Broker.BootstrapServers}")));

        Assert.Contains("gRPC port", Finding(plan, "target.http2", PlanSeverity.Error).Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v2.2.16", "takes no replicated messages")]
    [InlineData("v2.6.1", "a replication mechanism of its own")]
    public async Task Version_that_cannot_be_a_target_is_an_error(string version, string text)
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { Version = version });

        Assert.Contains(text, Finding(await PlanAsync(Task(target.Address)), "target.version", PlanSeverity.Error).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clashes_on_the_target_are_told_each_with_what_differs()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        await CreateAsync(target.Address, "books");

        PlanReport plan = await PlanAsync(Task(target.Address));
        PlanFinding clash = Finding(plan, "clash.collection", PlanSeverity.Error);
        Assert.Equal("default.books", clash.Where);
        Assert.Contains("differs from the source's 'default.books'", clash.Text, StringComparison.Ordinal);
        Assert.Equal("other schema", plan.Collections.Single(static one => one.Source == "default.books").OnTarget);

        PlanReport mapped = await PlanAsync(Task(target.Address) with
        {
            Mappings = [new NameMapping("default", "default", new Dictionary<string, string> { ["books"] = "novels", ["types"] = "novels" })],
        });
        Assert.Contains("'default.books' and 'default.types' would both become 'default.novels'", Finding(mapped, "clash.mapping", PlanSeverity.Error).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_task_on_the_same_target_is_a_clash()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        TaskDefinition task = Task(target.Address) with { Selection = new CollectionSelection([new CollectionPattern("default", "books")], []) };

        PlanReport plan = await PlanAsync(task, task with { Id = "other" });

        Assert.Equal("default.books", Finding(plan, "clash.task", PlanSeverity.Error).Where);
    }

    [Fact]
    public async Task Start_that_the_log_no_longer_has_is_a_gap_and_the_backlog_is_counted()
    {
        await using TargetServer target = await TargetServer.StartAsync(options: new StandInOptions { SkipWaits = true });
        TaskDefinition task = Task(target.Address) with { Start = TaskStart.CollectionStart };
        PlanReport whole = await PlanAsync(task);
        Assert.True(whole.Accepted, Text(whole));
        Assert.True(whole.Backlog > 0);

        string channel = whole.Channels.First(static one => one.From is not null).Name;
        await using PlanBed trimmed = await PlanBed.StartAsync();
        await trimmed.Broker.TrimAsync(channel, 150);
        PlanReport gap = await PlanAsync(trimmed, task);
        Assert.Contains("the oldest message that is left is 150", Finding(gap, "log.gap", PlanSeverity.Error).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_that_is_configured_wrongly_is_told()
    {
        await using TargetServer target = await TargetServer.StartAsync();

        PlanReport root = await PlanAsync(source.Bed, Task(target.Address), ("Cdc:Source:Etcd:RootPath", "by-dev"));
        Assert.Contains("RootPath", Finding(root, "source.metadata", PlanSeverity.Error).Advice, StringComparison.Ordinal);
        PlanReport channel = await PlanAsync(source.Bed, Task(target.Address), ("Cdc:Source:ReplicateChannel", "other-replicate-msg"));
        Assert.Equal("other-replicate-msg", Finding(channel, "source.replicate_channel", PlanSeverity.Warning).Where);
    }

    private Task<PlanReport> PlanAsync(TaskDefinition task, params TaskDefinition[] others) => PlanAsync(source.Bed, task, others, []);

    private Task<PlanReport> PlanAsync(PlanBed bed, TaskDefinition task, params (string Key, string Value)[] settings) => PlanAsync(bed, task, [], settings);

    private Task<PlanReport> PlanAsync(PlanBed bed, TaskDefinition task, TaskDefinition[] others, (string Key, string Value)[] settings)
    {
        Dictionary<string, string?> all = bed.Settings.ToDictionary();
        foreach ((string key, string value) in settings)
        {
            all[key] = value;
        }

        CdcOptions options = CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
        EtcdClient etcd = new(options.MetaStore.Etcd.ToClient(), TimeProvider.System);
        SourceConnections connections = new(options.Source, TimeProvider.System, NullLoggerFactory.Instance);
        _open.AddRange([etcd, connections]);
        MetaKeys keys = new("cdc");
        TaskPlanner planner = new(connections, new TaskStore(etcd, keys), new TaskCollections(etcd, keys), TimeProvider.System);
        return planner.PlanAsync(new PlanSubject(task, others, Exists: false), default);
    }

    private static TaskDefinition Task(Uri target) => new()
    {
        Id = "t",
        Target = new TargetEndpoint { Address = target },
        Selection = CollectionSelection.All,
    };

    private static async Task CreateAsync(Uri target, string name)
    {
        using MilvusClient client = new(new MilvusClientOptions { Address = target });
        CollectionSchema schema = new() { Name = name };
        schema.Fields.Add(new FieldSchema { FieldID = 100, Name = "isbn", IsPrimaryKey = true, DataType = DataType.Int64 });
        FieldSchema vector = new() { FieldID = 101, Name = "cover", DataType = DataType.FloatVector };
        vector.TypeParams.Add(new KeyValuePair { Key = "dim", Value = "4" });
        schema.Fields.Add(vector);
        await client.CallAsync(MilvusMethods.CreateCollection, new CreateCollectionRequest { CollectionName = name, Schema = schema.ToByteString(), ShardsNum = 1 }, null, default);
    }

    private static PlanFinding Finding(PlanReport plan, string code, PlanSeverity severity) =>
        plan.Findings.FirstOrDefault(finding => finding.Code == code && finding.Severity == severity) ?? throw new InvalidOperationException($"no {severity} {code} in:\n{Text(plan)}");

    private static string Text(PlanReport plan) => string.Join('\n', plan.Findings);

    /// <summary>One source for all tests: planning changes nothing of it.</summary>
    public sealed class Source : IAsyncLifetime
    {
        internal PlanBed Bed { get; private set; } = null!;

        public async Task InitializeAsync() => Bed = await PlanBed.StartAsync();

        public async Task DisposeAsync() => await Bed.DisposeAsync();
    }
}
