using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Tests.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.Checkpoints;

public sealed class CheckpointTransferTests : IAsyncLifetime
{
    private const string Channel = "by-dev-rootcoord-dml_0";
    private static readonly ulong Frontier = MilvusTime.Compose(1_700_000_000_000, 0);

    private readonly MetaKeys _keys = new("cdc");
    private EtcdProcess _server = null!;
    private EtcdClient _etcd = null!;
    private TaskStore _tasks = null!;
    private AuditTrail _audit = null!;
    private CheckpointTransfer _transfer = null!;

    public async Task InitializeAsync()
    {
        _server = await EtcdProcess.StartAsync();
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [_server.Endpoint] }, TimeProvider.System);
        _tasks = new TaskStore(_etcd, _keys);
        _audit = new AuditTrail(_etcd, _keys, TimeProvider.System);
        _transfer = new CheckpointTransfer(_etcd, _keys, _tasks, new CheckpointSource("by-dev", "by-dev-replicate-msg", "kafka"), _audit, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _etcd.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Export_is_one_object_that_another_task_of_the_source_takes()
    {
        await AddTaskAsync("a", TaskIntent.Run, TaskState.Running);
        await AddTaskAsync("b", TaskIntent.Pause, TaskState.Paused);
        await StoreAsync("a", Sample());

        JsonObject exported = await _transfer.ExportAsync("a", default);
        JsonObject imported = await _transfer.ImportAsync("b", exported.ToJsonString(), CheckpointRisks.None, "ann", "moved", default);

        Assert.Equal(
            ["kind", "version", "task", "exportedAt", "writtenAt", "source", "log", "frontier", "frontierTime", "channels", "operations", "catalogRevision"], exported.Select(static member => member.Key));
        Assert.Equal((Frontier.ToString(System.Globalization.CultureInfo.InvariantCulture), "b"), (imported["frontier"]!.GetValue<string>(), imported["task"]!.GetValue<string>()));
        Checkpoint stored = (await _tasks.FindCheckpointAsync("b", default))!;
        Assert.Equivalent(Sample() with { IsByHand = true, WrittenAt = stored.WrittenAt }, stored, strict: true);
        AuditNote note = Assert.Single(await _audit.ListAsync("b", default));
        Assert.Equal(("checkpoint.import", "ann", "moved"), (note.Action, note.By, note.Note));
    }

    [Fact]
    public async Task Import_names_every_problem_at_once()
    {
        await AddTaskAsync("a", TaskIntent.Pause, TaskState.Paused);
        const string Wrong = """
            {"kind":"other","version":7,"log":{"kind":"pulsar","version":3},"source":{"rootPath":"prod","replicateChannel":"x"},"frontier":"12","extra":1,
             "channels":{"by-dev-rootcoord-dml_0_445v0":{"position":"1","awaitingDrop":["z"]},"c":{"position":7}},"operations":"-4","catalogRevision":9}
            """;

        var refused = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.ImportAsync("a", Wrong, CheckpointRisks.None, "ann", null, default));

        Assert.Equal(CheckpointProblem.Invalid, refused.Problem);
        foreach (string named in (string[])
            ["kind is 'other'", "version is 7", "log.kind is 'pulsar', this source is read from 'kafka'", "log.version is 3", "source.rootPath is 'prod'", "source.replicateChannel is 'x'", "frontier is 12", "extra is not known",
             "by-dev-rootcoord-dml_0_445v0', which is no physical channel", "awaitingDrop is", "channels.c.position is 7", "operations is '-4'", "catalogRevision is 9"])
        {
            Assert.Contains(refused.Sentences, sentence => sentence.Contains(named, StringComparison.Ordinal));
        }

        Assert.Null(await _tasks.FindCheckpointAsync("a", default));
        Assert.Empty(await _audit.ListAsync("a", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"channels\":[]}")]
    public async Task Import_of_something_else_is_refused_in_words(string json)
    {
        await AddTaskAsync("a", TaskIntent.Pause, TaskState.Paused);

        var refused = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.ImportAsync("a", json, CheckpointRisks.None, "ann", null, default));

        Assert.Equal(CheckpointProblem.Invalid, refused.Problem);
        Assert.NotEmpty(refused.Sentences);
    }

    [Theory]
    [InlineData(TaskIntent.Run, TaskState.Running, null)]
    [InlineData(TaskIntent.Run, TaskState.Paused, null)]
    [InlineData(TaskIntent.Pause, TaskState.Running, null)]
    [InlineData(TaskIntent.Pause, TaskState.Paused, TaskPhase.Draining)]
    public async Task A_task_that_does_not_stand_still_takes_nothing(TaskIntent intent, TaskState state, TaskPhase? phase)
    {
        await AddTaskAsync("a", intent, state);
        await StoreAsync("a", Sample());
        if (phase is { } shown)
        {
            TaskReport report = new() { Id = "a", State = TaskState.Running, Phase = shown, Since = DateTimeOffset.UnixEpoch };
            await _etcd.PutAsync(_keys.Status("a"), JsonSerializer.SerializeToUtf8Bytes(report, TaskJson.Options), 0, default);
        }

        string exported = (await _transfer.ExportAsync("a", default)).ToJsonString();
        var import = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.ImportAsync("a", exported, CheckpointRisks.None, "ann", null, default));
        var set = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.SetAsync("a", new CheckpointEdit { Operations = "5" }, CheckpointRisks.None, "ann", null, default));

        Assert.Equal((CheckpointProblem.Conflict, CheckpointProblem.Conflict), (import.Problem, set.Problem));
        Assert.Contains("pause it first", import.Message, StringComparison.Ordinal);
        Assert.Contains("pause it first", set.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_what_would_double_or_skip_rows_needs_the_risk_accepted()
    {
        await AddTaskAsync("a", TaskIntent.Pause, TaskState.Paused);
        await StoreAsync("a", Sample());
        CheckpointEdit back = new() { Frontier = Frontier - (5_000UL << 18) };
        CheckpointEdit ahead = new() { Positions = new Dictionary<string, string> { [Channel] = "99" } };

        var doubled = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.SetAsync("a", back, CheckpointRisks.Skipped, "ann", null, default));
        var skipped = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.SetAsync("a", ahead, CheckpointRisks.Repeated, "ann", null, default));
        await _transfer.SetAsync("a", ahead, CheckpointRisks.Skipped, "ann", "log was lost", default);
        await _transfer.SetAsync("a", back, CheckpointRisks.Repeated, "bob", "target was emptied", default);

        Assert.Contains("on the target twice", doubled.Message, StringComparison.Ordinal);
        Assert.Contains($"'{Channel}' (99 after 12)", skipped.Message, StringComparison.Ordinal);
        Checkpoint stored = (await _tasks.FindCheckpointAsync("a", default))!;
        Assert.Equal((back.Frontier!.Value, LogPosition.Kafka(99)), (stored.Frontier, stored.Channels[Channel].Position));
        Assert.Equal(["ann", "bob"], (await _audit.ListAsync("a", default)).Select(static note => note.By));
        Assert.All(await _audit.ListAsync("a", default), static note => Assert.Contains("before: {", note.What, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Setting_unknown_channels_bad_positions_or_nothing_is_refused_in_words()
    {
        await AddTaskAsync("a", TaskIntent.Pause, TaskState.Paused);
        await StoreAsync("a", Sample());
        CheckpointEdit wrong = new() { Positions = new Dictionary<string, string> { ["nobody"] = "1", [Channel] = "1:2:3" }, Operations = "x", Frontier = 3 };

        var refused = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.SetAsync("a", wrong, CheckpointRisks.None, "ann", null, default));
        var nothing = await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.SetAsync("a", new CheckpointEdit(), CheckpointRisks.None, "ann", null, default));

        Assert.Equal(4, refused.Sentences.Count);
        Assert.Contains("nothing is to be changed", nothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_tasks_and_missing_checkpoints_are_named()
    {
        await AddTaskAsync("new", TaskIntent.Pause, TaskState.Initial);

        Assert.Contains("no task 'x'", (await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.ExportAsync("x", default))).Message, StringComparison.Ordinal);
        Assert.Contains("no checkpoint yet", (await Assert.ThrowsAsync<CheckpointTransferException>(() => _transfer.ExportAsync("new", default))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1, "version 2")]
    [InlineData(1, 2, "positions of 'kafka' are of version 2")]
    public async Task Checkpoint_of_a_newer_version_is_refused_in_words(int version, int logVersion, string named)
    {
        await StoreAsync("a", Sample() with { Version = version, LogVersion = logVersion });

        var refused = await Assert.ThrowsAsync<ReplicationStoppedException>(() => new CheckpointStore(_etcd, _keys).LoadAsync("a", default));

        Assert.Equal(TaskPhase.Failed, refused.Phase);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_of_a_task_does_not_hold_what_belongs_to_a_task_below_it()
    {
        await _etcd.PutAsync(_keys.Mappings("a/b") + "1", "x"u8.ToArray(), 0, default);

        await new CheckpointStore(_etcd, _keys).ForgetAsync("a", default);

        Assert.NotNull(await _etcd.GetAsync(_keys.Mappings("a/b") + "1", default));
    }

    private static Checkpoint Sample() => new()
    {
        Frontier = Frontier,
        LogKind = "kafka",
        Channels = new Dictionary<string, ChannelCheckpoint> { [Channel] = new(LogPosition.Kafka(12), [445834678636119060]) },
        Operations = LogPosition.Kafka(3),
        CatalogRevision = 77,
        WrittenAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500),
    };

    private async Task AddTaskAsync(string id, TaskIntent intent, TaskState state) =>
        Assert.True(await _tasks.TryCreateAsync(Tasks.Sample.Record(id, intent) with { State = state }, await _tasks.ListAsync(default), default));

    private Task StoreAsync(string id, Checkpoint checkpoint) => _etcd.PutAsync(_keys.Checkpoint(id), JsonSerializer.SerializeToUtf8Bytes(checkpoint, Checkpoint.Json), 0, default);
}
