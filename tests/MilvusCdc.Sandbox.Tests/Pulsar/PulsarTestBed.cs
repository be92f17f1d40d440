using System.Text;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Pulsar;

namespace MilvusCdc.Sandbox.Tests.Pulsar;

/// <summary>A broker on a port of its own and readers of it.</summary>
internal sealed class PulsarTestBed : IAsyncDisposable
{
    public const string Topic = "by-dev-rootcoord-dml_0";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly CancellationTokenSource _deadline = new(Patience);
    private readonly KeptPort _port = KeptPort.Take();
    private readonly PulsarBrokerOptions _options;

    public PulsarTestBed(Action<PulsarBrokerOptions>? change = null)
    {
        _options = new PulsarBrokerOptions { Port = _port.Number, Store = new PulsarTopicStore() };
        change?.Invoke(_options);
        Broker = PulsarBroker.Start(_options);
    }

    public PulsarBroker Broker { get; private set; }

    public CancellationToken Deadline => _deadline.Token;

    public PulsarSourceLog Reader(Action<PulsarSourceLogOptions>? change = null)
    {
        PulsarSourceLogOptions options = new() { ServiceUrl = Broker.ServiceUrl };
        change?.Invoke(options);
        PulsarSourceLog log = new(options);
        _opened.Add(log);
        return log;
    }

    /// <summary>A second broker with the same topics.</summary>
    public PulsarBroker SecondBroker()
    {
        PulsarBroker second = PulsarBroker.Start(new PulsarBrokerOptions { Store = _options.Store });
        _opened.Add(second);
        return second;
    }

    public async Task RestartAsync(Func<Task>? between = null)
    {
        await Broker.DisposeAsync();
        await (between?.Invoke() ?? Task.CompletedTask);
        Broker = PulsarBroker.Start(_options);
    }

    /// <summary>Appends messages "from", "from + 1"…, one entry each.</summary>
    public void Fill(int count, int from = 0, string topic = Topic)
    {
        for (int number = from; number < from + count; number++)
        {
            Broker.Append(topic, Text(number), [], number);
        }
    }

    /// <summary>Appends messages as one batch.</summary>
    public LogPosition Batch(int count, int from, CompressionType compression = CompressionType.Zstd, string topic = Topic) =>
        Broker.AppendEntry(topic, PulsarEntryBuilder.Batch(Metadata(compression), [.. Enumerable.Range(from, count).Select(number => (Text(number), (IReadOnlyList<KeyValue>)[]))]));

    /// <summary>Appends a message that is no batch.</summary>
    public LogPosition Single(int number, CompressionType compression, string topic = Topic) => Broker.AppendEntry(topic, PulsarEntryBuilder.Single(Metadata(compression), Text(number)));

    public static MessageMetadata Metadata(CompressionType compression = CompressionType.None) => new() { ProducerName = "p", SequenceId = 0, PublishTime = 1, Compression = compression };

    public static byte[] Text(int number) => Encoding.UTF8.GetBytes($"{number}");

    public static int Number(LogMessage message) => int.Parse(Encoding.UTF8.GetString(message.Value.Span), null);

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

    /// <summary>Reads numbers, and makes sure that they are exactly those wanted, in order.</summary>
    public async Task<List<LogMessage>> TakeNumbersAsync(ISourceLog log, int count, int from = 0)
    {
        List<LogMessage> taken = await TakeAsync(log, count);
        Assert.Equal(Enumerable.Range(from, count), taken.Select(Number));
        return taken;
    }

    /// <summary>Reads until a fault comes, and answers it.</summary>
    public async Task<T> FaultAsync<T>(ISourceLog log)
        where T : SourceLogException =>
        await Assert.ThrowsAsync<T>(async () =>
        {
            await foreach (LogMessage _ in log.ReadAsync(Deadline))
            {
            }
        });

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable each in _opened)
        {
            await each.DisposeAsync();
        }

        await Broker.DisposeAsync();
        _port.Dispose();
        _deadline.Dispose();
    }
}
