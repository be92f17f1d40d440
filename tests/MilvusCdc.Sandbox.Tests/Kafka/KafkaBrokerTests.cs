using Confluent.Kafka;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Sandbox.Kafka;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>The broker's log: what it keeps, gives up, and finds again.</summary>
public sealed class KafkaBrokerTests
{
    [Fact]
    public async Task Bulk_loaded_records_lie_densely_from_zero()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        Assert.Equal(0, bed.Broker.AppendMany("t", Enumerable.Range(0, 9_000).Select(i => new KafkaRecord(new byte[100], null, i))));
        Assert.Equal(9_000, bed.Broker.Append("t", [1], [], 0));
        Assert.Equal((0, 9_001), bed.Broker.Bounds("t"));
        Assert.Equal((0, 0), bed.Broker.Bounds("none"));
        Assert.Equal(["t"], bed.Broker.Topics);
    }

    [Fact]
    public async Task Retention_drops_the_oldest_and_moves_the_first_offset()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true, retentionBytes: 64 << 10);
        for (int i = 0; i < 400; i++)
        {
            bed.Broker.Append("t", new byte[1000], [], i);
        }

        (long first, long end) = bed.Broker.Bounds("t");
        Assert.Equal(400, end);
        Assert.InRange(end - first, 60, 80);
        Assert.InRange(Directory.EnumerateFiles(bed.Folder!, "*.log", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length), 60_000, 80_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    public async Task A_torn_last_batch_is_cut_off_and_the_log_goes_on_behind_the_one_before(int missing)
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        for (int i = 0; i < 10; i++)
        {
            bed.Broker.Append("t", new byte[50], [], i);
        }

        await bed.RestartAsync(() => Shorten(bed.Folder!, missing));
        Assert.Equal((0, 9), bed.Broker.Bounds("t"));
        Assert.Equal(9, bed.Broker.Append("t", new byte[60], [], 9));
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        Assert.Equal(60, (await bed.TakeAsync(log, 10))[^1].Value.Length);
    }

    [Fact]
    public async Task A_last_batch_with_a_flipped_byte_is_cut_off()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        bed.Broker.Append("t", new byte[50], [], 0);
        bed.Broker.Append("t", new byte[50], [], 0);
        await bed.RestartAsync(() =>
        {
            string path = Directory.EnumerateFiles(bed.Folder!, "*.log", SearchOption.AllDirectories).Single();
            byte[] bytes = File.ReadAllBytes(path);
            bytes[^5] ^= 1;
            File.WriteAllBytes(path, bytes);
        });
        Assert.Equal((0, 1), bed.Broker.Bounds("t"));
    }

    [Fact]
    public async Task A_trimmed_log_stays_trimmed_over_a_restart()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        bed.Fill("t", 100);
        await bed.Broker.TrimAsync("t", 42);
        await bed.RestartAsync();
        Assert.Equal((42, 100), bed.Broker.Bounds("t"));
        await bed.Broker.DeleteTopicAsync("t");
        await bed.RestartAsync();
        Assert.Empty(bed.Broker.Topics);
    }

    [Fact]
    public async Task Offsets_are_found_by_time()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        bed.Broker.AppendMany("t", Enumerable.Range(0, 10_000).Select(i => new KafkaRecord(new byte[10], null, 1_700_000_000_000 + (i * 10))));
        KafkaNativeLibrary.Use();
        using IConsumer<Ignore, Ignore> consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = bed.Broker.BootstrapServers, GroupId = "any" }).Build();
        long[] found = [.. new[] { 0L, 1_700_000_050_001, 1_800_000_000_000 }.Select(time => consumer.OffsetsForTimes(
            [new TopicPartitionTimestamp("t", 0, new Timestamp(time, TimestampType.CreateTime))], KafkaTestBed.Patience).Single().Offset.Value)];
        Assert.Equal([0, 5_001, Offset.End.Value], found);
    }

    [Fact]
    public async Task A_producer_whose_connection_is_cut_stores_each_record_once()
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync();
        using IProducer<byte[], byte[]> producer = bed.Producer(config => config.EnableIdempotence = true);
        List<Task<DeliveryResult<byte[], byte[]>>> sent = [];
        for (int i = 0; i < 3_000; i++)
        {
            sent.Add(producer.ProduceAsync(new TopicPartition("t", 0), new Message<byte[], byte[]> { Value = BitConverter.GetBytes(i) }));
            if (i % 500 == 499)
            {
                await sent[^400];
                bed.Broker.Faults.DropConnections();
            }
        }

        await Task.WhenAll(sent);
        KafkaSourceLog log = bed.Reader();
        await log.OpenAsync("t", KafkaTestBed.At(0), bed.Deadline);
        Assert.Equal(Enumerable.Range(0, 3_000), (await bed.TakeAsync(log, 3_000)).Select(m => BitConverter.ToInt32(m.Value.Span)));
        Assert.Equal((0, 3_000), bed.Broker.Bounds("t"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public async Task A_name_that_is_no_topic_is_refused(string name)
    {
        await using KafkaTestBed bed = await KafkaTestBed.StartAsync(onDisk: true);
        Assert.Throws<ArgumentException>(() => bed.Broker.CreateTopic(name));
    }

    private static void Shorten(string folder, int bytes)
    {
        string path = Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories).Single();
        using FileStream file = File.OpenWrite(path);
        file.SetLength(file.Length - bytes);
    }
}
