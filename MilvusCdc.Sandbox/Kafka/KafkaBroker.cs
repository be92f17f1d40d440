using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Sandbox.Kafka.Storage;
using MilvusCdc.Sandbox.Kafka.Wire;
using MilvusCdc.Sandbox.Sockets;

namespace MilvusCdc.Sandbox.Kafka;

/// <summary>
/// A broker that speaks enough of Kafka's protocol for real clients to produce and consume. For the sandbox, tests and benchmarks only: one node, one partition a topic, no replication,
/// no consumer groups, no transactions, no authentication, and nothing is synced to the disk. Unlike librdkafka's mock cluster it keeps its port and its log over a restart, can load a
/// recorded log at its recorded offsets, and holds more than 5 MB a topic.
/// </summary>
public sealed partial class KafkaBroker : IAsyncDisposable
{
    internal const int NodeId = 1;

    // Milvus's own producers send far smaller batches; these keep a bulk load and its reading quick.
    private const int MaxBatchBytes = 256 << 10;
    private const int MaxBatchRecords = 4096;

    private readonly SocketServer<KafkaConnection> _server;
    private readonly TopicStore _topics;
    private readonly KafkaConnectionServices _services;
    private long _nextProducerId = RandomNumberGenerator.GetInt32(1, 1 << 20) * 1000L;

    private KafkaBroker(KafkaBrokerOptions options, ILogger log)
    {
        _topics = new TopicStore(options, (topic, bytes) => LogTorn(log, topic, bytes));
        try
        {
            _server = SocketServer<KafkaConnection>.Listen(new IPEndPoint(options.IPAddress, options.Port), Open, reason => LogAccept(log, reason));
        }
        catch
        {
            _topics.Dispose();
            throw;
        }

        Faults = new KafkaBrokerFaults(_server.DropConnections);
        FetchAnswer fetch = new(_topics, Faults, TimeProvider.System);
        _services = new KafkaConnectionServices(_topics, fetch, Faults, options.Host, _server.Port, () => Interlocked.Increment(ref _nextProducerId), log);
        _server.Start();
    }

    /// <summary><c>host:port</c>, as a client wants it.</summary>
    public string BootstrapServers => $"{_services.Host}:{_services.Port}";

    /// <summary>The port that it listens on.</summary>
    public int Port => _services.Port;

    /// <summary>How the broker misbehaves.</summary>
    public KafkaBrokerFaults Faults { get; }

    /// <summary>All topics, by name.</summary>
    public IReadOnlyList<string> Topics => _topics.Names;

    /// <summary>Opens the log and listens. Throws <see cref="ArgumentException"/> for options out of range, <see cref="SocketException"/> when the port is taken.</summary>
    public static Task<KafkaBroker> StartAsync(KafkaBrokerOptions options, CancellationToken cancellation)
    {
        options.Check();
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new KafkaBroker(options, options.Logging?.CreateLogger<KafkaBroker>() ?? NullLogger<KafkaBroker>.Instance));
    }

    /// <summary>What a topic holds: its first offset and the offset that the next record gets. (0, 0) when there is no such topic.</summary>
    public (long First, long End) Bounds(string topic) => _topics.Find(topic)?.Bounds ?? (0, 0);

    /// <summary>Makes an empty topic; does nothing when it is there.</summary>
    public void CreateTopic(string topic) => _topics.GetOrCreate(topic);

    /// <summary>Appends one record and returns its offset. Makes the topic when it is missing.</summary>
    public long Append(string topic, ReadOnlySpan<byte> value, IReadOnlyList<KeyValuePair<string, byte[]>> headers, long timestampMs)
    {
        BatchBuilder batch = new();
        batch.Add(hasValue: true, value, headers, timestampMs);
        long offset = Store(_topics.GetOrCreate(topic), batch);
        _topics.Signal();
        return offset;
    }

    /// <summary>Appends many records, many to a batch, and returns the offset of the first (the end of the topic when there are none).</summary>
    public long AppendMany(string topic, IEnumerable<KafkaRecord> records)
    {
        TopicLog log = _topics.GetOrCreate(topic);
        BatchBuilder batch = new();
        long first = -1;
        foreach (KafkaRecord record in records)
        {
            batch.Add(record.Value.HasValue, record.Value.GetValueOrDefault().Span, record.Headers, record.TimestampMs);
            if (batch.Size >= MaxBatchBytes || batch.Count >= MaxBatchRecords)
            {
                Flush();
            }
        }

        if (batch.Count > 0)
        {
            Flush();
        }

        _topics.Signal();
        return first < 0 ? log.Bounds.End : first;

        void Flush()
        {
            long offset = Store(log, batch);
            first = first < 0 ? offset : first;
            batch.Clear();
        }
    }

    /// <summary>Drops all records of a topic before <paramref name="newFirstOffset"/>, as retention does in time.</summary>
    public Task TrimAsync(string topic, long newFirstOffset)
    {
        TopicLog log = _topics.Find(topic) ?? throw new ArgumentException($"there is no topic '{topic}'");
        return Task.Run(() => log.Trim(newFirstOffset));
    }

    /// <summary>Deletes a topic with all its records; false when there is no such topic.</summary>
    public Task<bool> DeleteTopicAsync(string topic) => Task.Run(() => _topics.Delete(topic));

    /// <summary>Stops to listen, cuts all connections and closes the log. A new broker with the same folder and port serves it again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _topics.Dispose();
    }

    private static long Store(TopicLog log, BatchBuilder builder)
    {
        byte[] batch = builder.ToArray();
        BatchHeader.TryRead(batch, out BatchHeader header);
        return log.Append(batch, header) ?? throw new InvalidOperationException($"topic '{log.Name}' has been deleted or the broker has stopped");
    }

    private KafkaConnection? Open(Socket client) => Faults.RefuseConnections ? null : new KafkaConnection(client, _services);

    [LoggerMessage(EventId = 5303, Level = LogLevel.Warning, Message = "Topic '{Topic}': its log ended in the middle of a batch; {Bytes} bytes were cut off.")]
    private static partial void LogTorn(ILogger log, string topic, long bytes);

    [LoggerMessage(EventId = 5304, Level = LogLevel.Warning, Message = "A connection could not be accepted: {Reason}.")]
    private static partial void LogAccept(ILogger log, string reason);
}
