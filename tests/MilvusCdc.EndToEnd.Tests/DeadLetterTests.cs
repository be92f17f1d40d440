using System.Net.Http.Json;
using Google.Protobuf;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Messages that the target refuses for their own sake: cut by rows, set aside, sent again, or blocking until a person decides.</summary>
public class DeadLetterTests
{
    private const string Topic = "s1-rootcoord-dml_1";
    private const long InsertOfManyBooks = 6;

    private static readonly Dictionary<string, string> SetAside = new() { ["refused_messages"] = "set_aside" };

    [Fact]
    public async Task Messages_above_the_targets_limit_arrive_in_parts_also_when_the_server_is_killed_meanwhile()
    {
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions
            {
                Recording = Replays.Recording("kafka-2.3.5"),
                Target = new StandInOptions { MaxElementBytes = 900 },
                ServerEnvironment = new Dictionary<string, string> { ["Cdc__Worker__LeaseTtl"] = "2s" },
            },
            CancellationToken.None);
        Task<Sandbox.Processes.TaskReport> run = session.RunAsync(Replays.Patience, null, CancellationToken.None);
        await Replays.UntilAsync(() => session.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage") > 25 || run.IsCompleted);
        await session.Server.Process.KillAsync();
        await session.Server.StartAgainAsync(CancellationToken.None);
        await run;

        ComparisonReport report = await session.CompareAsync(CancellationToken.None);
        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.All(report.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
        Assert.Empty(session.Target.Milvus.Poisons);
    }

    [Fact]
    public async Task Refused_rows_are_set_aside_and_sent_again_without_those_that_were_deleted_since()
    {
        Recording recording = Replays.Recording("kafka-2.3.5");
        (long living, long deleted) = RowsOfBooks(recording);
        await using ReplaySession session = await ReplaySession.StartAsync(new ReplayOptions { Recording = recording, ExtraInfo = SetAside }, CancellationToken.None);
        session.Target.Milvus.Faults.RefuseMessage = message => Holds(message, living) || Holds(message, deleted);

        await session.RunAsync(Replays.Patience, null, CancellationToken.None);

        TableVerdict books = Replays.Books(await session.CompareAsync(CancellationToken.None));
        Assert.Equal((1L, 0L), (books.Missing, books.Doubled));
        await using EtcdClient etcd = new(new EtcdOptions { Endpoints = [session.Etcd.Endpoint.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        (DeadLetterStore store, AuditTrail audit) = Letters(etcd);
        DeadLetterPage page = await store.ListAsync(session.TaskId!, 10, null, CancellationToken.None);
        Assert.Equal(2, page.Letters.Sum(letter => letter.Rows));
        Assert.All(page.Letters, letter => Assert.Equal((Topic, "6", "default.books", "policy"), (letter.Channel, letter.Position, letter.Collection, letter.SetAsideBy)));
        Assert.All(page.Letters, letter => Assert.Contains("1901", letter.Cause, StringComparison.Ordinal));

        session.Target.Milvus.Faults.RefuseMessage = null;
        foreach (DeadLetter letter in page.Letters)
        {
            await store.RequestReplayAsync(session.TaskId!, letter.Id, "ann", uncheckedReplay: false, CancellationToken.None);
        }

        await TickOnAsync(session, async () => (await store.SummaryAsync(session.TaskId!, CancellationToken.None)).Letters == 0);
        ulong last = Tick(session);
        await session.WaitAsync(last, Replays.Patience, Task.CompletedTask, null, CancellationToken.None);

        ComparisonReport report = await session.CompareAsync(CancellationToken.None);
        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.All(report.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
        Assert.Empty(session.Target.Milvus.Poisons);
        IReadOnlyList<AuditNote> notes = await audit.ListAsync(session.TaskId!, CancellationToken.None);
        Assert.Contains(notes, note => note.Action == "letter.replayed" && note.By == "ann" && note.What.Contains("1 rows were left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_row_blocks_the_task_until_a_person_permits_that_it_is_set_aside()
    {
        Recording recording = Replays.Recording("kafka-2.3.5");
        (long living, _) = RowsOfBooks(recording);
        await using ReplaySession session = await ReplaySession.StartAsync(new ReplayOptions { Recording = recording }, CancellationToken.None);
        session.Target.Milvus.Faults.RefuseMessage = message => Holds(message, living);
        await session.Feeder.PrepareAsync(CancellationToken.None);
        await session.CreateTaskAsync(CancellationToken.None);
        await using EtcdClient etcd = new(new EtcdOptions { Endpoints = [session.Etcd.Endpoint.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        (DeadLetterStore store, _) = Letters(etcd);

        Sandbox.Processes.TaskReport blocked = await BlockedAsync(session);
        BlockingMessage? blocking = (await store.SummaryAsync(session.TaskId!, CancellationToken.None)).Blocking;
        Assert.Equal("Blocked", blocked.Phase);
        Assert.Contains($"channel '{Topic}', position 6: row ", blocked.Reason, StringComparison.Ordinal);
        Assert.Contains($"letter '{blocking!.Id}'", blocked.Reason, StringComparison.Ordinal);

        await store.PermitAsync(session.TaskId!, blocking.Id, "ann", CancellationToken.None);
        await ResumeAsync(session);
        await Replays.UntilAsync(async () => (await session.GetTaskAsync(CancellationToken.None)).Phase == "Streaming");
        await session.WaitAsync(session.History.LastCommonTick, Replays.Patience, Task.CompletedTask, null, CancellationToken.None);

        TableVerdict books = Replays.Books(await session.CompareAsync(CancellationToken.None));
        Assert.Equal((1L, 0L), (books.Missing, books.Doubled));
        DeadLetter letter = Assert.Single((await store.ListAsync(session.TaskId!, 10, null, CancellationToken.None)).Letters);
        Assert.Equal((blocking.Id, "ann"), (letter.Id, letter.SetAsideBy));
    }

    private static (DeadLetterStore Store, AuditTrail Audit) Letters(EtcdClient etcd)
    {
        MetaKeys keys = new("milvus-cdc");
        AuditTrail audit = new(etcd, keys, TimeProvider.System);
        return (new DeadLetterStore(etcd, keys, audit), audit);
    }

    /// <summary>Two rows of one Insert: one that is there at the end, and one that the source deletes later.</summary>
    private static (long Living, long Deleted) RowsOfBooks(Recording recording)
    {
        InsertRequest insert = InsertRequest.Parser.ParseFrom(recording.Messages(Topic).Single(message => message.Offset == InsertOfManyBooks).Value);
        string primary = recording.SourceRows()["default/books"].PrimaryField;
        IList<long> keys = insert.FieldsData.Single(field => field.FieldName == primary).Scalars.LongData.Data;
        HashSet<long> gone = [];
        foreach (RecordedMessage message in recording.Topics.Where(topic => topic != recording.ReplicateChannel).SelectMany(recording.Messages))
        {
            if (MsgHeader.Parser.ParseFrom(message.Value).Base?.MsgType == MsgType.Delete && DeleteRequest.Parser.ParseFrom(message.Value) is var delete && delete.CollectionID == insert.CollectionID)
            {
                gone.UnionWith(delete.PrimaryKeys.IntId.Data);
            }
        }

        return (RowOf(key => !gone.Contains(key)), RowOf(gone.Contains));

        long RowOf(Func<long, bool> wanted) => insert.RowIDs[keys.Select((key, row) => (key, row)).First(pair => wanted(pair.key)).row];
    }

    private static bool Holds(ReadOnlyMemory<byte> message, long rowId) =>
        MsgHeader.Parser.ParseFrom(message.Span).Base?.MsgType == MsgType.Insert && InsertRequest.Parser.ParseFrom(message.Span).RowIDs.Contains(rowId);

    /// <summary>Lets the source's clock go on, as a living source's does, until something has come true.</summary>
    private static async Task TickOnAsync(ReplaySession session, Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(Replays.Patience);
        while (!await holds())
        {
            Tick(session);
            await Task.Delay(200, limit.Token);
        }
    }

    private static ulong Tick(ReplaySession session)
    {
        ulong tick = (session.Target.Milvus.Snapshot().Databases.Values.SelectMany(database => database.Collections.Values).SelectMany(collection => collection.Shards).Max(shard => shard.Tick) is var newest
            && newest > session.History.LastTimestamp ? newest : session.History.LastTimestamp) + (1_000UL << 18);
        foreach (string channel in session.History.ChannelsInUse(ulong.MaxValue))
        {
            session.Broker.Append(channel, TickMessage.Create(tick, 1), [], MilvusTime.PhysicalMs(tick));
        }

        return tick;
    }

    private static async Task<Sandbox.Processes.TaskReport> BlockedAsync(ReplaySession session)
    {
        using var limit = new CancellationTokenSource(Replays.Patience);
        while (true)
        {
            if (await session.GetTaskAsync(limit.Token) is { NeedsAPerson: true } task)
            {
                return task;
            }

            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task ResumeAsync(ReplaySession session)
    {
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = session.Server.Address };
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/cdc", new { request_type = "resume", request_data = new { task_id = session.TaskId } });
        answer.EnsureSuccessStatusCode();
    }
}
