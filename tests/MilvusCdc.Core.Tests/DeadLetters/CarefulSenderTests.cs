using Google.Protobuf;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.DeadLetters;

/// <summary>What is cut, and how, is the same in every run: nothing is lost or doubled, wherever a run ends.</summary>
public sealed class CarefulSenderTests : IAsyncLifetime
{
    private static readonly Route Route = new(null!, "t1-dml_0", new EnvelopePatch { CollectionId = 9, PartitionId = 10, ShardName = "t1-dml_0_9v0" });

    private LetterBed _bed = null!;
    private long[] _rows = null!;

    public async Task InitializeAsync()
    {
        _bed = await LetterBed.StartAsync();
        _rows = [.. InsertRequest.Parser.ParseFrom(_bed.Insert.Envelope.Bytes.Span).RowIDs];
    }

    public async Task DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Row_that_the_target_refuses_is_found_and_set_aside_alone()
    {
        FakeTarget target = new() { Verdict = (_, insert) => insert.RowIDs.Contains(_rows[5]) ? FakeTarget.Refusal : null };

        long sent = await _bed.Sender(await _bed.OpenAsync()).SendAsync(_bed.Group, Route, target.Connect());

        Assert.Equal((_rows.Length - 1, sent), (target.RowIds.Count(), (long)target.RowIds.Count()));
        Assert.Equal(_rows.Where((_, row) => row != 5).Order(), target.RowIds.Order());
        DeadLetter letter = Assert.Single((await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters);
        Assert.Equal(($"{LetterBed.Channel}@6~0101", 1L, "Insert", "default.books"), (letter.Id, letter.Rows, letter.Kind, letter.Collection));
        InsertRequest kept = InsertRequest.Parser.ParseFrom(await _bed.Store.GetBytesAsync(LetterBed.TaskId, letter.Id, default));
        Assert.Equal(([_rows[5]], _bed.Insert.Envelope.CollectionId), (kept.RowIDs, kept.CollectionID));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Run_that_ends_at_any_message_loses_and_doubles_nothing(bool tooLarge, bool targetChangesItsMind)
    {
        for (int breaksAt = 0; ; breaksAt++)
        {
            await _bed.Etcd.DeletePrefixAsync("cdc/letter", default);
            FakeTarget target = new()
            {
                BreaksAt = breaksAt,
                Verdict = (bytes, insert) => tooLarge ? (bytes.Length > 600 ? FakeTarget.TooLarge : null) : insert.RowIDs.Contains(_rows[5]) ? FakeTarget.Refusal : null,
            };
            bool ended = false;
            try
            {
                await _bed.Sender(await _bed.OpenAsync()).SendAsync(_bed.Group, Route, target.Connect());
                ended = true;
            }
            catch (GrpcException)
            {
                target.BreaksAt = null;
                target.Verdict = targetChangesItsMind ? static (_, _) => null : target.Verdict;
                await _bed.Sender(await _bed.OpenAsync()).SendAsync(_bed.Group, Route, target.Connect());
            }

            long aside = (await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters.Sum(static letter => letter.Rows);
            Assert.Equal(target.RowIds.Order(), target.RowIds.Distinct().Order());
            Assert.Equal(_rows.Length, target.RowIds.Count() + aside);
            Assert.True(aside <= 1);
            if (ended)
            {
                Assert.True(breaksAt > 4, "the message was not cut");
                return;
            }
        }
    }

    [Fact]
    public async Task Group_that_went_message_by_message_does_so_in_every_later_run()
    {
        DeadLetterDesk desk = await _bed.OpenAsync();
        var group = _bed.Group;
        group.TryAdd(_bed.Insert with { Position = LogPosition.Kafka(7) });
        Assert.False(_bed.Sender(desk).Concerns(group));

        await _bed.Sender(desk).SendAsync(group, Route, new FakeTarget().Connect());

        Assert.True(_bed.Sender(await _bed.OpenAsync()).Concerns(group));
    }

    [Fact]
    public async Task Message_with_a_defect_is_set_aside_whole_and_never_sent()
    {
        InsertRequest insert = InsertRequest.Parser.ParseFrom(_bed.Insert.Envelope.Bytes.Span);
        insert.NumRows++;
        var broken = _bed.Insert with { Envelope = Envelope.Scan(insert.ToByteArray()) };
        var group = new RowGroup(LetterBed.Channel, insert.CollectionID, insert.PartitionID, insert.ShardName, broken.Envelope.Type);
        group.TryAdd(broken);
        FakeTarget target = new();

        Assert.Equal(0, await _bed.Sender(await _bed.OpenAsync()).SendAsync(group, Route, target.Connect()));

        Assert.Equal(0, target.Sent);
        DeadLetter letter = Assert.Single((await _bed.Store.ListAsync(LetterBed.TaskId, 10, null, default)).Letters);
        Assert.Equal($"{LetterBed.Channel}@6", letter.Id);
        Assert.Contains("would harm the target", letter.Cause, StringComparison.Ordinal);
    }
}
