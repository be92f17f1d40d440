using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Pulsar;

namespace MilvusCdc.Benchmarks;

/// <summary>How many megabytes of messages a second come out of <see cref="ISourceLog.ReadAsync"/>, with broker and reader in one process on loopback.</summary>
internal static class ReadingSpeed
{
    private const string Topic = "by-dev-rootcoord-dml_0";

    public static async Task RunAsync(int size, int megabytes, int rounds)
    {
        int count = (int)Math.Max(1, ((long)megabytes << 20) / size);
        byte[] value = new byte[size];

        // Vectors: bytes that no compression makes smaller.
        new Random(1).NextBytes(value);
        Console.WriteLine($"{count:N0} messages of {size:N0} bytes, {Environment.ProcessorCount} processors");
        foreach (CompressionType compression in (CompressionType[])[CompressionType.None, CompressionType.Zstd, CompressionType.Lz4])
        {
            await using PulsarBroker broker = Pulsar(value, count, compression);
            for (int round = 0; round < rounds; round++)
            {
                await using PulsarSourceLog log = new(new PulsarSourceLogOptions { ServiceUrl = broker.ServiceUrl });
                await MeasureAsync($"Pulsar, {compression}", log, size, count);
            }
        }

        await using KafkaBroker kafka = await KafkaBroker.StartAsync(new KafkaBrokerOptions(), CancellationToken.None);
        kafka.AppendMany(Topic, Enumerable.Range(0, count).Select(index => new KafkaRecord(value, [], index)));
        for (int round = 0; round < rounds; round++)
        {
            await using KafkaSourceLog log = new(new KafkaSourceLogOptions { BootstrapServers = kafka.BootstrapServers });
            await MeasureAsync("Kafka", log, size, count);
        }
    }

    private static PulsarBroker Pulsar(byte[] value, int count, CompressionType compression)
    {
        PulsarBroker broker = PulsarBroker.Start(new PulsarBrokerOptions());
        MessageMetadata metadata = new() { ProducerName = "standalone-22-1", SequenceId = 0, PublishTime = 1, Compression = compression };

        // As Milvus writes them: a batch of one. The same bytes each time, so that the log need not fit into memory.
        byte[] entry = PulsarEntryBuilder.Batch(metadata, [(value, [])]);
        for (int index = 0; index < count; index++)
        {
            broker.AppendEntry(Topic, entry);
        }

        return broker;
    }

    private static async Task MeasureAsync(string what, ISourceLog log, int size, int count)
    {
        await log.OpenAsync(Topic, log.Beginning, CancellationToken.None);
        long started = TimeProvider.System.GetTimestamp();
        int taken = 0;
        await foreach (LogMessage message in log.ReadAsync(CancellationToken.None))
        {
            if (message.Value.Length != size)
            {
                throw new InvalidDataException($"a message of {message.Value.Length} bytes came");
            }

            if (++taken == count)
            {
                break;
            }
        }

        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Console.WriteLine($"{what,-14} {(double)size * count / 1e6 / took.TotalSeconds,8:N0} MB/s {count / took.TotalSeconds,10:N0} messages/s");
    }
}
