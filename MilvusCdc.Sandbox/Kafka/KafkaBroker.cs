using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Sandbox.Kafka.Storage;
using MilvusCdc.Sandbox.Kafka.Wire;

namespace MilvusCdc.Sandbox.Kafka;

/// <summary>
/// A broker that speaks enough of Kafka's protocol for real clients to produce and consume. For the sandbox, tests and benchmarks only: one node, one partition a topic, no replication,
/// no consumer groups, no transactions, no authentication, and nothing is synced to the disk. Unlike librdkafka's mock cluster it keeps its port and its log over a restart, can load a
/// recorded log at its recorded offsets, and holds more than 5 MB a topic.
/// </summary>
public sealed partial class KafkaBroker : IAsyncDisposable
{
    internal const int NodeId = 1;

    private readonly Socket _listener;
    private readonly TopicStore _topics;
    private readonly KafkaConnectionServices _services;
    private readonly ConcurrentDictionary<KafkaConnection, Task> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private long _nextProducerId = RandomNumberGenerator.GetInt32(1, 1 << 20) * 1000L;
    private int _stopped;

    private KafkaBroker(KafkaBrokerOptions options, Socket listener, ILogger log)
    {
        _listener = listener;
        Faults = new KafkaBrokerFaults(DropConnections);
        _topics = new TopicStore(options, (topic, bytes) => LogTorn(log, topic, bytes));
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        FetchAnswer fetch = new(_topics, Faults, TimeProvider.System);
        _services = new KafkaConnectionServices(_topics, fetch, Faults, options.Host, port, () => Interlocked.Increment(ref _nextProducerId), log);
        _accepting = AcceptAsync();
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
        Socket listener = new(options.IPAddress.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(options.IPAddress, options.Port));
            listener.Listen(128);
            ILogger log = options.Logging?.CreateLogger<KafkaBroker>() ?? NullLogger<KafkaBroker>.Instance;
            return Task.FromResult(new KafkaBroker(options, listener, log));
        }
        catch
        {
            listener.Dispose();
            throw;
        }
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
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        DropConnections();
        await Task.WhenAll(_connections.Values);
        _topics.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }
}
