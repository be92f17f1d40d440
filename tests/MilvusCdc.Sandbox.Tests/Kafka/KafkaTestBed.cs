using Confluent.Kafka;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using LogMessage = MilvusCdc.Protocol.Logs.LogMessage;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>A broker on a port of its own, readers of it, and a folder that is deleted at the end.</summary>
internal sealed class KafkaTestBed : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly CancellationTokenSource _deadline = new(Patience);
    private readonly KeptPort _port;

    private KafkaTestBed(KeptPort port, KafkaBroker broker, string? folder)
    {
        _port = port;
        Broker = broker;
        Folder = folder;
    }

    public KafkaBroker Broker { get; private set; }

    public string? Folder { get; }

    public CancellationToken Deadline => _deadline.Token;

    public static async Task<KafkaTestBed> StartAsync(bool onDisk = false, long retentionBytes = 4L << 30)
    {
        string? folder = onDisk ? Directory.CreateTempSubdirectory("kafka-test-").FullName : null;
        KeptPort port = KeptPort.Take();
        return new KafkaTestBed(port, await StartBrokerAsync(port.Number, folder, retentionBytes), folder);
    }

    public async Task RestartAsync(Action? between = null)
    {
        await Broker.DisposeAsync();
        between?.Invoke();
        Broker = await StartBrokerAsync(_port.Number, Folder, 4L << 30);
    }

    public KafkaSourceLog Reader(Action<KafkaSourceLogOptions>? change = null)
    {
        KafkaSourceLogOptions options = new() { BootstrapServers = Broker.BootstrapServers };
        change?.Invoke(options);
        KafkaSourceLog log = new(options);
        _opened.Add(log);
        return log;
    }

    public IProducer<byte[], byte[]> Producer(Action<ProducerConfig>? change = null)
    {
        KafkaNativeLibrary.Use();
        ProducerConfig config = new() { BootstrapServers = Broker.BootstrapServers, LingerMs = 2, ReconnectBackoffMaxMs = 500, MessageTimeoutMs = 10_000 };
        change?.Invoke(config);
        return new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public void Fill(string topic, int count, int from = 0)
        => Broker.AppendMany(topic, Enumerable.Range(from, count).Select(i => new KafkaRecord(BitConverter.GetBytes(i), null, i)));

    /// <summary>Reads until as many messages are there as wanted.</summary>
    public async Task<List<LogMessage>> TakeAsync(ISourceLog log, int count)
    {
        List<LogMessage> taken = [];
        if (count > 0)
        {
            await foreach (LogMessage message in log.ReadAsync(Deadline))
            {
                taken.Add(message);
                if (taken.Count == count)
                {
                    break;
                }
            }
        }

        return taken;
    }

    public static LogPosition At(long offset) => LogPosition.Kafka(offset);

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _opened)
        {
            await each.DisposeAsync();
        }

        await Broker.DisposeAsync();
        _port.Dispose();
        _deadline.Dispose();
        if (Folder is not null)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static Task<KafkaBroker> StartBrokerAsync(int port, string? folder, long retentionBytes)
        => KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = port, DataDirectory = folder, RetentionBytes = retentionBytes }, CancellationToken.None);
}
