using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>
/// A broker that speaks enough of Pulsar's binary protocol for readers. For the sandbox, tests and benchmarks only: one node, topics without partitions, exclusive subscriptions,
/// everything in memory, no producers over the wire. It serves recorded entries byte for byte at their recorded places.
/// </summary>
public sealed class PulsarBroker : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly PulsarBrokerServices _services;
    private readonly ConcurrentDictionary<PulsarServerConnection, Task> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _stopped;

    private PulsarBroker(PulsarBrokerOptions options, Socket listener)
    {
        _listener = listener;
        Faults = new PulsarBrokerFaults(DropConnections);
        Store = options.Store ?? new PulsarTopicStore();
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        ILogger log = options.Logging?.CreateLogger<PulsarBroker>() ?? NullLogger<PulsarBroker>.Instance;
        _services = new PulsarBrokerServices(options, Store, Faults, Commands, ServiceUrl, log);
        _accepting = AcceptAsync();
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

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
    public static PulsarBroker Start(PulsarBrokerOptions options)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
            listener.Listen(128);
            options.Store?.RollAll();
            return new PulsarBroker(options, listener);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

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
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Out of file handles, say: not worth a spinning loop.
                await Task.Delay(100, CancellationToken.None);
                continue;
            }

            if (Faults.RefuseConnections)
            {
                client.Dispose();
                continue;
            }

            client.NoDelay = true;
            PulsarServerConnection connection = new(client, _services);
            Task running = Task.Run(() => connection.RunAsync(_stopping.Token));
            _connections[connection] = running;
            _ = running.ContinueWith(_ => _connections.TryRemove(connection, out Task? _), TaskScheduler.Default);
        }
    }

    private void DropConnections()
    {
        foreach (PulsarServerConnection connection in _connections.Keys)
        {
            connection.Close();
        }
    }
}
