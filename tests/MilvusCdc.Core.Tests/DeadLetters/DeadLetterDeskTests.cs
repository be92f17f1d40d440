using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Tests.DeadLetters;

public sealed class DeadLetterDeskTests : IAsyncLifetime
{
    private LetterBed _bed = null!;

    public async Task InitializeAsync() => _bed = await LetterBed.StartAsync();

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Letter_larger_than_a_request_of_etcd_comes_back_byte_for_byte()
    {
        byte[] bytes = new byte[3_700_001];
        new Random(1).NextBytes(bytes);

        await (await _bed.OpenAsync()).RefuseAsync(Part(5, bytes), default);

        DeadLetter letter = Assert.Single((await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters);
        Assert.Equal(("unreadable", bytes.Length, "policy", LetterState.Waiting), (letter.Kind, letter.Bytes, letter.SetAsideBy, letter.State));
        Assert.Equal(bytes, await _bed.Store.GetBytesAsync(LetterBed.TaskId, letter.Id, default));
    }

    [Fact]
    public async Task Letters_are_listed_in_pages_in_the_order_of_the_log()
    {
        DeadLetterDesk desk = await _bed.OpenAsync();
        foreach (long offset in (long[])[20, 3, 100, 9])
        {
            await desk.RefuseAsync(Part(offset), default);
        }

        DeadLetterPage first = await _bed.Store.ListAsync(LetterBed.TaskId, 3, null, default);
        DeadLetterPage second = await _bed.Store.ListAsync(LetterBed.TaskId, 3, first.Next, default);

        Assert.Equal(["3", "9", "20", "100"], first.Letters.Concat(second.Letters).Select(static letter => letter.Position));
        Assert.Null(second.Next);
        Assert.Equal((4, 40L), ((await _bed.Store.SummaryAsync(LetterBed.TaskId, default)).Letters, (await _bed.Store.SummaryAsync(LetterBed.TaskId, default)).Bytes));
    }

    [Theory]
    [InlineData(2, 1 << 20)]
    [InlineData(100, 25)]
    public async Task Full_store_blocks_the_task_in_words_until_a_letter_is_skipped(int letters, int bytes)
    {
        DeadLetterOptions options = new() { MaximumLetters = letters, MaximumBytes = bytes };
        DeadLetterDesk desk = await _bed.OpenAsync(options: options);
        await desk.RefuseAsync(Part(1), default);
        await desk.RefuseAsync(Part(2), default);

        var full = await Assert.ThrowsAsync<ReplicationStoppedException>(() => desk.RefuseAsync(Part(3), default));
        await _bed.Store.SkipAsync(LetterBed.TaskId, $"{LetterBed.Channel}@1", "ann", "not needed", default);
        await (await _bed.OpenAsync(options: options)).RefuseAsync(Part(3), default);

        Assert.Equal(TaskPhase.Blocked, full.Phase);
        Assert.Contains("has 2 dead letters of 20 bytes already", full.Message, StringComparison.Ordinal);
        Assert.Equal(["2", "3"], (await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters.Select(static letter => letter.Position));
        AuditNote note = Assert.Single(await _bed.Audit.ListAsync(LetterBed.TaskId, default));
        Assert.Equal(("letter.skip", "ann", "not needed"), (note.Action, note.By, note.Note));
    }

    [Fact]
    public async Task Blocking_policy_names_the_message_and_lets_exactly_that_one_be_permitted()
    {
        string id = $"{LetterBed.Channel}@4";

        var blocked = await Assert.ThrowsAsync<ReplicationStoppedException>(async () => await (await _bed.OpenAsync(RefusedPolicy.Block)).RefuseAsync(Part(4), default));
        await Assert.ThrowsAsync<DeadLetterException>(() => _bed.Store.PermitAsync(LetterBed.TaskId, $"{LetterBed.Channel}@5", "ann", default));
        Assert.Equal(id, (await _bed.Store.SummaryAsync(LetterBed.TaskId, default)).Blocking!.Id);
        await _bed.Store.PermitAsync(LetterBed.TaskId, id, "ann", default);
        DeadLetterDesk next = await _bed.OpenAsync(RefusedPolicy.Block);
        await next.RefuseAsync(Part(4), default);
        var again = await Assert.ThrowsAsync<ReplicationStoppedException>(() => next.RefuseAsync(Part(5), default));
        Assert.Same(again, await Assert.ThrowsAsync<ReplicationStoppedException>(() => next.RefuseAsync(Part(6), default)));
        Assert.Equal($"{LetterBed.Channel}@5", (await _bed.Store.SummaryAsync(LetterBed.TaskId, default)).Blocking!.Id);

        Assert.Contains($"channel '{LetterBed.Channel}', position 4", blocked.Message, StringComparison.Ordinal);
        Assert.Contains($"letter '{id}'", blocked.Message, StringComparison.Ordinal);
        Assert.Contains("position 5", again.Message, StringComparison.Ordinal);
        Assert.Equal("ann", Assert.Single((await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters).SetAsideBy);
    }

    [Fact]
    public async Task Worker_that_lost_the_task_sets_nothing_aside()
    {
        DeadLetterDesk fenced = await _bed.OpenAsync();
        await _bed.OwnAsync();

        await Assert.ThrowsAsync<OwnershipLostException>(() => fenced.RefuseAsync(Part(1), default));
        await Assert.ThrowsAsync<OwnershipLostException>(() => fenced.CutAsync(new LetterId("c", LogPosition.Kafka(1)), default));

        Assert.Empty((await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters);
        Assert.Empty((await _bed.Etcd.RangeAsync(_bed.Keys.LetterBytes(LetterBed.TaskId), null, default)).Items);
    }

    [Fact]
    public async Task Cuts_that_the_checkpoint_has_passed_are_forgotten()
    {
        DeadLetterDesk desk = await _bed.OpenAsync();
        LetterId passed = new(LetterBed.Channel, LogPosition.Kafka(7), "01"), ahead = new(LetterBed.Channel, LogPosition.Kafka(8), "*");
        await desk.CutAsync(passed, default);
        await desk.CutAsync(ahead, default);
        Checkpoint checkpoint = new()
        {
            Frontier = 1,
            LogKind = "kafka",
            Channels = new Dictionary<string, ChannelCheckpoint> { [LetterBed.Channel] = new(LogPosition.Kafka(8), []) },
            Operations = LogPosition.Kafka(0),
        };

        DeadLetterDesk next = await _bed.OpenAsync(checkpoint: checkpoint);

        Assert.Equal((false, true), (next.IsCut(passed), next.IsCut(ahead)));
        Assert.Single((await _bed.Etcd.RangeAsync(_bed.Keys.LetterCuts(LetterBed.TaskId), null, default)).Items);
    }

    [Fact]
    public async Task Wish_for_a_replay_is_noted_in_the_letter_and_seen_by_the_next_run()
    {
        await (await _bed.OpenAsync()).RefuseAsync(Part(1), default);
        Assert.False((await _bed.OpenAsync()).IsReplayWanted);

        await _bed.Store.RequestReplayAsync(LetterBed.TaskId, $"{LetterBed.Channel}@1", "ann", uncheckedReplay: true, default);

        DeadLetter letter = (await _bed.Store.GetAsync(LetterBed.TaskId, $"{LetterBed.Channel}@1", default))!;
        Assert.Equal((LetterState.ReplayRequested, "ann", true), (letter.State, letter.RequestedBy, letter.Unchecked));
        Assert.True((await _bed.OpenAsync()).IsReplayWanted);
    }

    [Theory]
    [InlineData("x", "no id of a letter")]
    [InlineData("c@1", "has no letter 'c@1'")]
    public async Task Wishes_for_letters_that_are_not_there_are_refused_in_words(string id, string named)
    {
        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => _bed.Store.SkipAsync(LetterBed.TaskId, id, "ann", null, default));
        if (named.StartsWith("has", StringComparison.Ordinal))
        {
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(DeadLetterProblem.NotFound, refused.Problem);
        Assert.Null(await _bed.Store.GetAsync(LetterBed.TaskId, id, default));
    }

    [Theory]
    [InlineData("by-dev-rootcoord-dml_3@1234")]
    [InlineData("by-dev-rootcoord-dml_3@1234~0110")]
    [InlineData("a@b@12:5:-1")]
    [InlineData("c@12:5:0~1")]
    public void Id_reads_what_it_writes(string text)
    {
        LetterId id = LetterId.Parse(text)!.Value;

        Assert.Equal(text, id.ToString());
        Assert.Equal(id, LetterId.ParseKey(id.Key));
    }

    private static RefusedPart Part(long offset, byte[]? bytes = null) =>
        new(new LetterId(LetterBed.Channel, LogPosition.Kafka(offset)), null, bytes ?? new byte[10], 0, 0, "it cannot be read");
}
