using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>
/// Writes a source's log to a Kafka broker in another process. Nobody else writes the source's topics, so the place of each message is known before the broker says it; what it says then is
/// compared. Who tells others of a place waits for <see cref="FlushAsync"/> first.
/// </summary>
public sealed class KafkaProducerWriter : ISourceLogWriter, IDisposable
{
    private const int MaxMessageBytes = 64 << 20;
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    private readonly string _servers;
    private readonly IProducer<Null, byte[]> _producer;
    private readonly Dictionary<string, long> _ends;
    private readonly Dictionary<string, Task> _newest = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<string> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects, and asks where the topics end that are there.</summary>
    /// <param name="bootstrapServers"><c>host:port</c>.</param>
    /// <exception cref="SandboxException">The broker does not answer.</exception>
    public KafkaProducerWriter(string bootstrapServers)
    {
        KafkaNativeLibrary.Use();
        _servers = bootstrapServers;
        _producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            LingerMs = 1,
            MessageTimeoutMs = 0,
            MessageMaxBytes = MaxMessageBytes,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 500,
        }).SetErrorHandler((_, error) => Note(error)).SetLogHandler(static (_, _) => { }).Build();
        try
        {
            _ends = FindEnds();
        }
        catch (KafkaException away)
        {
            _producer.Dispose();
            throw new SandboxException($"The broker at {bootstrapServers} does not answer: {away.Error.Reason}", away);
        }
    }

    /// <summary>Ends, with the reason, when the log can no longer be written as it should be.</summary>
    public Task<string> Broken => _broken.Task;

    /// <inheritdoc/>
    public byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long timestampMs)
    {
        Headers headers = [];
        foreach ((string name, string text) in properties)
        {
            headers.Add(name, Encoding.UTF8.GetBytes(text));
        }

        Message<Null, byte[]> message = new() { Value = value, Headers = headers, Timestamp = new Timestamp(timestampMs, TimestampType.CreateTime) };
        byte[] id = new byte[sizeof(long)];
        lock (_lock)
        {
            long place = _ends.GetValueOrDefault(topic);
            TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Produce(topic, message, report => Check(report, place, written));
            _newest[topic] = written.Task;
            _ends[topic] = place + 1;
            BinaryPrimitives.WriteInt64LittleEndian(id, place);
        }

        return id;
    }

    /// <summary>Returns when the broker has everything that was appended before the call; waits for a broker that is away.</summary>
    public Task FlushAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            // A topic's messages are written in their order.
            return Task.WhenAll(_newest.Values).WaitAsync(cancellation);
        }
    }

    /// <summary>Writes what is still to be written, for a few seconds at most.</summary>
    public void Dispose()
    {
        _producer.Flush(FlushLimit);
        _producer.Dispose();
    }

    private void Produce(string topic, Message<Null, byte[]> message, Action<DeliveryReport<Null, byte[]>> told)
    {
        while (true)
        {
            try
            {
                _producer.Produce(new TopicPartition(topic, 0), message, told);
                return;
            }
            catch (ProduceException<Null, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull && !_broken.Task.IsCompleted)
            {
                // The broker has been away for very long: from here on the source waits for it.
                _producer.Flush(Breath);
            }
        }
    }

    private void Check(DeliveryReport<Null, byte[]> report, long place, TaskCompletionSource written)
    {
        if (report.Error.IsError)
        {
            _broken.TrySetResult($"A message of {report.Topic} could not be written to the broker at {_servers}: {report.Error.Reason}");
        }
        else if (report.Offset.Value != place)
        {
            _broken.TrySetResult($"Somebody else writes {report.Topic} at the broker {_servers} too: message {place} was placed at {report.Offset.Value}");
        }

        written.SetResult();
    }

    private void Note(Error error)
    {
        if (error.IsFatal)
        {
            _broken.TrySetResult($"The log can no longer be written to the broker at {_servers}: {error.Reason}");
        }
    }

    private Dictionary<string, long> FindEnds()
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_producer.Handle).Build();
        string[] topics = [.. admin.GetMetadata(AskLimit).Topics.Select(topic => topic.Topic)];
        Dictionary<string, long> ends = new(StringComparer.Ordinal);
        if (topics.Length > 0)
        {
            using IConsumer<Null, Null> asker = new ConsumerBuilder<Null, Null>(new ConsumerConfig { BootstrapServers = _servers, GroupId = "source" }).SetLogHandler(static (_, _) => { }).Build();
            foreach (string topic in topics)
            {
                ends[topic] = asker.QueryWatermarkOffsets(new TopicPartition(topic, 0), AskLimit).High.Value;
            }
        }

        return ends;
    }
}
