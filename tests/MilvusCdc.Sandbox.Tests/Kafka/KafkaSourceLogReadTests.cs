using System.Text;
using Confluent.Kafka;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Kafka;
using LogMessage = MilvusCdc.Protocol.Logs.LogMessage;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>The reader against the broker over TCP: what comes, in which order, from where.</summary>
public sealed class KafkaSourceLogReadTests
{
    [Fact]
    public async Task Recorded_topics_are_read_back_byte_for_byte_with_offsets_and_trace_contexts()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        Dictionary<string, List<KafkaRecord>> recorded = [];
        foreach ((string topic, List<KafkaRecord> records) in RecordedTopics.Load("kafka-2.3.5"))
        {
            recorded[topic] = records;
            foreach (KafkaRecord record in records)
            {
                bed.Broker.Append(topic, record.Value!.Value.Span, record.Headers!, record.TimestampMs);
            }
        }

        KafkaSourceLog log = bed.Reader();
        foreach (string topic in recorded.Keys)
        {
            await log.OpenAsync(topic, KafkaTestBed.At(0), bed.Deadline);
        }

        Dictionary<string, int> seen = recorded.Keys.ToDictionary(topic => topic, _ => 0);
        foreach (LogMessage message in await bed.TakeAsync(log, recorded.Values.Sum(records => records.Count)))
        {
            KafkaRecord expected = recorded[message.Channel][seen[message.Channel]];
            Assert.Equal(KafkaTestBed.At(seen[message.Channel]++), message.Position);
            Assert.True(expected.Value!.Value.Span.SequenceEqual(message.Value.Span));
            Assert.Equal(expected.Headers!.Where(h => h.Key == "traceparent").Select(h => Encoding.ASCII.GetString(h.Value)).SingleOrDefault(), message.TraceParent);
        }

        Assert.Equal(recorded.ToDictionary(each => each.Key, each => each.Value.Count), seen);
    }

    [Fact]
    public async Task Absent_and_empty_values_are_read_as_empty()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Broker.AppendMany("t", [new KafkaRecord(null, null, 1), new KafkaRecord(ReadOnlyMemory<byte>.Empty, [], 2), new KafkaRecord(new byte[] { 7 }, null, 3)]);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        Assert.Equal([0, 0, 1], (await bed.TakeAsync(log, 3)).Select(message => message.Value.Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4321)]
    [InlineData(9999)]
    public async Task Open_at_an_offset_inside_a_batch_gives_that_record_first(long from)
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 10_000);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(from), bed.Deadline);
        LogMessage first = (await bed.TakeAsync(log, 1))[0];
        Assert.Equal((KafkaTestBed.At(from), (int)from), (first.Position, BitConverter.ToInt32(first.Value.Span)));
    }

    [Fact]
    public async Task GetBounds_follows_appends_and_trims_and_is_null_without_a_topic()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        KafkaSourceLog log = bed.Reader();
        Assert.Null(await log.GetBoundsAsync("t", bed.Deadline));
        bed.Fill("t", 30);
        Assert.Equal(new LogBounds(KafkaTestBed.At(0), KafkaTestBed.At(30)), await log.GetBoundsAsync("t", bed.Deadline));
        await bed.Broker.TrimAsync("t", 12);
        bed.Broker.Append("t", [1], [], 0);
        Assert.Equal(new LogBounds(KafkaTestBed.At(12), KafkaTestBed.At(31)), await log.GetBoundsAsync("t", bed.Deadline));
        await bed.Broker.DeleteTopicAsync("t");
        Assert.Null(await log.GetBoundsAsync("t", bed.Deadline));
    }

    [Fact]
    public async Task A_topic_that_appears_later_is_read_from_its_first_record()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("later", KafkaTestBed.At(0), bed.Deadline);
        Task<List<LogMessage>> taking = bed.TakeAsync(log, 5);
        Assert.Empty(bed.Broker.Topics);
        bed.Fill("later", 5);
        Assert.Equal([0, 1, 2, 3, 4], (await taking).Select(message => message.Position.Entry));
    }

    [Fact]
    public async Task Channels_opened_closed_and_paused_while_another_flows_lose_and_double_nothing()
    {
        const int Count = 60_000;
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        foreach (string topic in new[] { "a", "b", "c" })
        {
            bed.Fill(topic, Count);
        }

        KafkaSourceLog log = bed.Reader(options => options.QueueBytes = 1 << 20);
        await log.OpenAsync("a", KafkaTestBed.At(0), bed.Deadline);
        Dictionary<string, long> next = new() { ["a"] = 0, ["b"] = 0, ["c"] = 0 };
        int seen = 0;
        await foreach (LogMessage message in log.ReadAsync(bed.Deadline))
        {
            Assert.Equal(next[message.Channel]++, message.Position.Entry);
            switch (++seen)
            {
                case 5_000:
                    await log.OpenAsync("b", KafkaTestBed.At(0), bed.Deadline);
                    break;
                case 15_000:
                    await log.OpenAsync("c", KafkaTestBed.At(0), bed.Deadline);
                    break;
                case 30_000:
                    await log.CloseAsync("b", bed.Deadline);
                    await log.OpenAsync("b", KafkaTestBed.At(next["b"] = next["b"] / 2), bed.Deadline);
                    break;
            }

            if (seen > 40_000 && seen % 4_000 == 0)
            {
                log.SetPaused("a", seen % 8_000 == 0);
            }

            if (next.Values.All(each => each == Count))
            {
                break;
            }

            // What is paused last would else stay so.
            if (next["b"] == Count && next["c"] == Count)
            {
                log.SetPaused("a", false);
            }
        }

        Assert.All(next.Values, each => Assert.Equal(Count, each));
    }

    [Fact]
    public async Task A_paused_channel_is_held_back_and_goes_on_where_it_stood()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 10);
        bed.Broker.CreateTopic("other");
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await log.OpenAsync("other", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 10);

        log.SetPaused("t", true);
        bed.Fill("t", 10, from: 10);
        for (int i = 0; i < 20; i++)
        {
            bed.Broker.Append("other", [1], [], 0);
            Assert.Equal("other", (await bed.TakeAsync(log, 1))[0].Channel);
        }

        log.SetPaused("t", false);
        Assert.Equal(Enumerable.Range(10, 10).Select(i => ("t", (long)i)), (await bed.TakeAsync(log, 10)).Select(m => (m.Channel, m.Position.Entry)));
    }

    [Fact]
    public async Task A_closed_channel_gives_nothing_more_even_of_what_was_read_ahead()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Fill("t", 1000);
        bed.Fill("u", 1);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        await bed.TakeAsync(log, 1);
        await log.CloseAsync("t", bed.Deadline);
        await log.OpenAsync("u", KafkaTestBed.At(0), bed.Deadline);
        Assert.Equal("u", (await bed.TakeAsync(log, 1))[0].Channel);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_real_producers_batches_arrive_intact(CompressionType compression)
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        using IProducer<byte[], byte[]> producer = bed.Producer(config =>
        {
            config.CompressionType = compression;
            config.EnableIdempotence = true;
        });
        byte[] trace = Encoding.ASCII.GetBytes("00-eae8b0653d63607592cfc99186d4f62d-6bbedf156a8eb935-00");
        byte[] body = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i / 100))];
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => producer.ProduceAsync(
            new TopicPartition("made", 0),
            new Message<byte[], byte[]> { Value = i == 7 ? null! : body[..(i * 400)], Headers = new Headers { { "traceparent", trace } } })));

        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("made", KafkaTestBed.At(0), bed.Deadline);
        List<LogMessage> read = await bed.TakeAsync(log, 50);
        for (int i = 0; i < 50; i++)
        {
            Assert.True(read[i].Value.Span.SequenceEqual(body.AsSpan(0, i == 7 ? 0 : i * 400)));
            Assert.Equal(Encoding.ASCII.GetString(trace), read[i].TraceParent);
        }

        long stored = Directory.EnumerateFiles(bed.Folder!, "*.log", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);
        Assert.Equal(compression == CompressionType.None, stored > 400_000);
    }
}
