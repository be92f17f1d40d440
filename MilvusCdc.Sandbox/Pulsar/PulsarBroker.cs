using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Sockets;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>
/// A broker that speaks enough of Pulsar's binary protocol for readers. For the sandbox, tests and benchmarks only: one node, topics without partitions, exclusive subscriptions,
/// everything in memory, no producers over the wire. It serves recorded entries byte for byte at their recorded places.
/// </summary>
public sealed partial class PulsarBroker : IAsyncDisposable
{
    private readonly SocketServer<PulsarServerConnection> _server;
    private readonly PulsarBrokerServices _services;

    private PulsarBroker(PulsarBrokerOptions options, ILogger log)
    {
        _server = SocketServer<PulsarServerConnection>.Listen(new IPEndPoint(IPAddress.Loopback, options.Port), Open, reason => LogAccept(log, reason));
        options.Store?.RollAll();
        Faults = new PulsarBrokerFaults(_server.DropConnections);
        Store = options.Store ?? new PulsarTopicStore();
        _services = new PulsarBrokerServices(options, Store, Faults, Commands, ServiceUrl, log);
        _server.Start();
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => _server.Port;

    /// <summary>As a client wants it.</summary>
    public string ServiceUrl => string.Create(CultureInfo.InvariantCulture, $"pulsar://127.0.0.1:{Port}");

    /// <summary>The same with TLS.</summary>
    public string SecureUrl => string.Create(CultureInfo.InvariantCulture, $"pulsar+ssl://127.0.0.1:{Port}");

    /// <summary>What it holds.</summary>
    public PulsarTopicStore Store { get; }

    /// <summary>How the broker misbehaves.</summary>
    public PulsarBrokerFaults Faults { get; }

    /// <summary>Every command that came, in order.</summary>
    public ConcurrentQueue<BaseCommand> Commands { get; } = new();

    /// <summary>Listens. Throws <see cref="SocketException"/> when the port is taken.</summary>
    public static PulsarBroker Start(PulsarBrokerOptions options) => new(options, options.Logging?.CreateLogger<PulsarBroker>() ?? NullLogger<PulsarBroker>.Instance);

    /// <summary>Makes an empty topic; does nothing when it is there.</summary>
    public void CreateTopic(string topic) => Store.GetOrCreate(topic);

    /// <summary>Deletes a topic with all its entries; false when there is no such topic.</summary>
    public bool DeleteTopic(string topic) => Store.Delete(topic);

    /// <summary>Appends a message as Milvus's producer does: a batch of one, ZSTD. Makes the topic when it is missing.</summary>
    public LogPosition Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long publishTimeMs)
    {
        PulsarTopic log = Store.GetOrCreate(topic);
        return log.Append(Build(value, properties, publishTimeMs, log.Count)) with { Batch = 0 };
    }

    /// <summary>An entry as Milvus's producer makes it: a batch of one, ZSTD.</summary>
    public static byte[] Build(byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long publishTimeMs, long sequence)
    {
        KeyValue[] stated = [.. properties.Select(property => new KeyValue { Key = property.Key, Value = property.Value })];
        MessageMetadata metadata = new()
        {
            ProducerName = "standalone-22-1",
            SequenceId = (ulong)sequence,
            PublishTime = (ulong)Math.Max(0, publishTimeMs),
            Compression = CompressionType.Zstd,
            Properties = { stated },
        };
        return PulsarEntryBuilder.Batch(metadata, [(value, stated)]);
    }

    /// <summary>Appends an entry as it is. Makes the topic when it is missing.</summary>
    public LogPosition AppendEntry(string topic, byte[] entry) => Store.GetOrCreate(topic).Append(entry);

    /// <summary>Appends a recorded entry at its place, which must lie behind the last one. Makes the topic when it is missing.</summary>
    public void AppendEntryAt(string topic, LogPosition at, byte[] entry) => Store.GetOrCreate(topic).AppendAt(at, entry);

    /// <summary>What comes next lies in a new ledger.</summary>
    public void RollLedger(string topic) => Store.GetOrCreate(topic).Roll();

    /// <summary>Drops all entries of a topic before <paramref name="first"/>, as retention does in time.</summary>
    public void Trim(string topic, LogPosition first) => Store.GetOrCreate(topic).Trim(first);

    /// <summary>The subscriptions of a topic: name, whether it is durable, and the entry that it has to be given next.</summary>
    public IReadOnlyList<(string Name, bool IsDurable, long Next)> Subscriptions(string topic) =>
        [.. (Store.Find(topic)?.Subscriptions ?? []).Select(each => (each.Name, each.IsDurable, each.Next))];

    /// <summary>Stops to listen and cuts all connections. A new broker with the same store and port serves it again.</summary>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private PulsarServerConnection? Open(Socket client) => Faults.RefuseConnections ? null : new PulsarServerConnection(client, _services);

    [LoggerMessage(EventId = 5305, Level = LogLevel.Warning, Message = "A connection could not be accepted: {Reason}.")]
    private static partial void LogAccept(ILogger log, string reason);
}
