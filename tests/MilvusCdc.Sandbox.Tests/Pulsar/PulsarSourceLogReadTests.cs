using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Sandbox.Tests.Pulsar;

public class PulsarSourceLogReadTests
{
    private const string Topic = PulsarTestBed.Topic;

    [Fact]
    public async Task Recorded_topics_then_every_message_has_the_recorded_id_body_and_trace()
    {
        await using PulsarTestBed bed = new();
        Dictionary<string, List<RecordedEntry>> recorded = RecordedEntries.Load();
        foreach ((string topic, List<RecordedEntry> entries) in recorded)
        {
            entries.ForEach(entry => bed.Broker.AppendEntryAt(topic, entry.At, entry.Raw));
        }

        PulsarSourceLog log = bed.Reader();
        foreach (string topic in recorded.Keys)
        {
            await log.OpenAsync(topic, log.Beginning, bed.Deadline);
        }

        Assert.Equal(5269, recorded.Values.Sum(entries => entries.Count));
        ILookup<string, LogMessage> read = (await bed.TakeAsync(log, 5269)).ToLookup(message => message.Channel);
        foreach ((string topic, List<RecordedEntry> entries) in recorded)
        {
            Assert.Equal(entries.Select(entry => entry.At with { Batch = 0 }), read[topic].Select(message => message.Position));
            Assert.All(read[topic].Zip(entries), pair => Assert.True(pair.First.Value.Span.SequenceEqual(pair.Second.Value), pair.Second.At.ToString()));
            Assert.Equal(entries.Select(entry => entry.TraceParent), read[topic].Select(message => message.TraceParent));
            LogBounds bounds = (await log.GetBoundsAsync(topic, bed.Deadline))!.Value;
            Assert.Equal((entries[0].At, entries[^1].At with { Batch = 1 }), (bounds.First, bounds.End));
        }

        // All channels over one connection; nothing stays behind.
        Assert.Single(bed.Broker.Commands, command => command.Type == BaseCommand.Types.Type.Connect);
        await log.DisposeAsync();
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zlib)]
    [InlineData(CompressionType.Zstd)]
    public async Task Batches_and_single_messages_of_each_compression_then_all_come(CompressionType compression)
    {
        await using PulsarTestBed bed = new();
        LogPosition batch = bed.Batch(10, 0, compression), single = bed.Single(10, compression);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);

        List<LogMessage> taken = await bed.TakeNumbersAsync(log, 11);

        Assert.Equal([.. Enumerable.Range(0, 10).Select(index => batch with { Batch = index }), single], taken.Select(message => message.Position));
        Assert.Equal(single with { Entry = single.Entry + 1 }, (await log.GetBoundsAsync(Topic, bed.Deadline))!.Value.End);
    }

    [Fact]
    public async Task Recorded_probe_topic_with_every_compression_and_batches_then_its_messages_come()
    {
        await using PulsarTestBed bed = new();
        foreach (RecordedFrame frame in RecordedSession.Load("raw-minimal").Frames.Where(frame => frame is { FromBroker: true, Command.Type: BaseCommand.Types.Type.Message }))
        {
            MessageIdData id = frame.Command.Message.MessageId;
            bed.Broker.AppendEntryAt(Topic, new LogPosition((long)id.LedgerId, (long)id.EntryId), frame.Entry);
        }

        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        List<LogMessage> taken = await bed.TakeAsync(log, 9);

        Assert.Equal(["51:0:0", "51:0:1", "51:1:-1", "51:2:-1", "51:3:-1", "51:4:-1", "51:5:0", "51:5:1", "51:5:2"], taken.Select(message => message.Position.ToString()));
        Assert.Equal([9, 9, 480, 480, 480, 480, 100, 100, 100], taken.Select(message => message.Value.Length));
        Assert.All(taken.Skip(2).Take(4), message => Assert.Equal(taken[2].Value.ToArray(), message.Value.ToArray()));
    }

    [Fact]
    public async Task Position_inside_a_batch_then_reading_begins_with_that_message()
    {
        await using PulsarTestBed bed = new();
        LogPosition batch = bed.Batch(10, 0);
        bed.Fill(2, from: 10);
        PulsarSourceLog log = bed.Reader();

        await log.OpenAsync(Topic, batch with { Batch = 7 }, bed.Deadline);

        await bed.TakeNumbersAsync(log, 5, from: 7);
    }

    [Fact]
    public async Task Id_as_Milvus_writes_it_for_an_entry_that_is_no_batch_then_it_is_read()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(3);
        LogPosition single = bed.Single(3, CompressionType.None);
        PulsarSourceLog log = bed.Reader();

        await log.OpenAsync(Topic, log.FromMessageId(log.ToMessageId(single)), bed.Deadline);

        await bed.TakeNumbersAsync(log, 1, from: 3);
    }

    [Fact]
    public async Task Message_in_pieces_between_others_then_it_comes_whole_in_its_place()
    {
        await using PulsarTestBed bed = new();
        byte[] large = new byte[300_000];
        new Random(7).NextBytes(large);
        bed.Fill(1);
        Chunks(bed, large, "a", 0, 1);
        bed.Fill(1, from: 1);
        Chunks(bed, large, "a", 2);
        bed.Fill(1, from: 2);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);

        List<LogMessage> taken = await bed.TakeAsync(log, 4);

        Assert.Equal(large, taken[2].Value.ToArray());
        Assert.Equal([0, 1, 2], taken.Where(message => message.Value.Length < 10).Select(PulsarTestBed.Number));

        // Begun at its own position, which is that of its last piece, the reader finds the others.
        PulsarSourceLog again = bed.Reader();
        await again.OpenAsync(Topic, taken[2].Position, bed.Deadline);
        List<LogMessage> rest = await bed.TakeAsync(again, 2);
        Assert.Equal(large, rest[0].Value.ToArray());
        Assert.Equal(2, PulsarTestBed.Number(rest[1]));
    }

    [Fact]
    public async Task Empty_topic_then_it_begins_and_ends_before_everything_and_its_first_message_comes()
    {
        await using PulsarTestBed bed = new();
        bed.Broker.CreateTopic(Topic);
        PulsarSourceLog log = bed.Reader();

        Assert.Equal(new LogBounds(log.Beginning, log.Beginning), await log.GetBoundsAsync(Topic, bed.Deadline));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        bed.Fill(1);

        await bed.TakeNumbersAsync(log, 1);
    }

    [Fact]
    public async Task Opened_at_the_end_then_only_what_comes_later_is_read_also_in_a_new_ledger()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, (await log.GetBoundsAsync(Topic, bed.Deadline))!.Value.End, bed.Deadline);
        bed.Fill(2, from: 5);
        bed.Broker.RollLedger(Topic);
        bed.Fill(2, from: 7);

        await bed.TakeNumbersAsync(log, 4, from: 5);
    }

    [Fact]
    public async Task Paused_channel_then_little_more_comes_until_it_flows_again()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(5000);
        PulsarSourceLog log = bed.Reader(options => options.QueueBytes = 1 << 20);
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        log.SetPaused(Topic, true);
        int came = 0;
        using CancellationTokenSource quiet = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LogMessage message in log.ReadAsync(quiet.Token))
            {
                Assert.Equal(came++, PulsarTestBed.Number(message));
                quiet.CancelAfter(500);
            }
        });

        Assert.InRange(came, 1, 2000);
        log.SetPaused(Topic, false);
        await bed.TakeNumbersAsync(log, 5000 - came, from: came);
    }

    [Fact]
    public async Task Seek_by_id_and_by_time_then_reading_goes_on_there()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(100);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        LogPosition tenth = (await bed.TakeNumbersAsync(log, 100))[10].Position;

        await log.SeekAsync(Topic, tenth, bed.Deadline);
        await bed.TakeNumbersAsync(log, 90, from: 10);
        await log.SeekAsync(Topic, DateTimeOffset.FromUnixTimeMilliseconds(95), bed.Deadline);
        await bed.TakeNumbersAsync(log, 5, from: 95);
    }

    [Fact]
    public async Task Closed_channel_then_its_consumer_is_gone_and_it_can_be_opened_again()
    {
        await using PulsarTestBed bed = new();
        bed.Fill(3);
        PulsarSourceLog log = bed.Reader();
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => log.OpenAsync(Topic, log.Beginning, bed.Deadline));
        await log.CloseAsync(Topic, bed.Deadline);

        Assert.Empty(bed.Broker.Subscriptions(Topic));
        await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
        await bed.TakeNumbersAsync(log, 3);
    }

    private static void Chunks(PulsarTestBed bed, byte[] whole, string uuid, params int[] pieces)
    {
        foreach (int piece in pieces)
        {
            MessageMetadata metadata = PulsarTestBed.Metadata();
            (metadata.Uuid, metadata.NumChunksFromMsg, metadata.ChunkId, metadata.TotalChunkMsgSize) = (uuid, 3, piece, whole.Length);
            bed.Broker.AppendEntry(Topic, PulsarEntryBuilder.Seal(metadata, whole.AsSpan(piece * 100_000, 100_000)));
        }
    }
}
