using System.Text;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Pulsar;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Source.Log;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>The broker of a source, of either kind: what a replay needs of it.</summary>
public interface ISourceBroker : IAsyncDisposable
{
    /// <summary>As a person writes it.</summary>
    string Address { get; }

    /// <summary>What the server must be told to read from it, as environment variables.</summary>
    IReadOnlyDictionary<string, string> ServerSettings { get; }

    /// <summary>Appends a recorded record and answers the number that it got; the recorded number when it lies where it was recorded.</summary>
    long Append(RecordedMessage message);

    /// <summary>Appends a value, with the broker's timestamp in Unix milliseconds.</summary>
    void Append(string topic, byte[] value, long timestampMs);

    /// <summary>Writes to it as a Milvus does.</summary>
    ISourceLogWriter Writer { get; }

    /// <summary>Cuts every open connection.</summary>
    void DropConnections();

    /// <summary>Closes new connections at once (true), or takes them again.</summary>
    void RefuseConnections(bool refuse);
}

/// <summary>A source on Kafka.</summary>
public sealed class KafkaSourceBroker(KafkaBroker broker) : ISourceBroker
{
    /// <summary>The broker itself.</summary>
    public KafkaBroker Broker => broker;

    /// <inheritdoc/>
    public string Address => broker.BootstrapServers;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ServerSettings => new Dictionary<string, string> { ["Cdc__Source__Kafka__BootstrapServers"] = broker.BootstrapServers };

    /// <inheritdoc/>
    public long Append(RecordedMessage message) => broker.Append(
        message.Topic, message.Value, [.. message.Headers.Select(header => new KeyValuePair<string, byte[]>(header.Key, Encoding.UTF8.GetBytes(header.Value)))], message.TimestampMs);

    /// <inheritdoc/>
    public void Append(string topic, byte[] value, long timestampMs) => broker.Append(topic, value, [], timestampMs);

    /// <inheritdoc/>
    public ISourceLogWriter Writer => new KafkaLogWriter(broker);

    /// <inheritdoc/>
    public void DropConnections() => broker.Faults.DropConnections();

    /// <inheritdoc/>
    public void RefuseConnections(bool refuse) => broker.Faults.RefuseConnections = refuse;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => broker.DisposeAsync();
}

/// <summary>A source on Pulsar. It can be stopped and started again on its port, with its topics.</summary>
public sealed class PulsarSourceBroker : ISourceBroker
{
    private readonly KeptPort _port = KeptPort.Take();
    private readonly PulsarBrokerOptions _options;
    private readonly Dictionary<string, LogPosition> _ends = new(StringComparer.Ordinal);

    /// <summary>Starts it.</summary>
    public PulsarSourceBroker()
    {
        _options = new PulsarBrokerOptions { Port = _port.Number, Store = new PulsarTopicStore() };
        Broker = PulsarBroker.Start(_options);
    }

    /// <summary>The broker that runs now, or ran last.</summary>
    public PulsarBroker Broker { get; private set; }

    /// <inheritdoc/>
    public string Address => Broker.ServiceUrl;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ServerSettings => new Dictionary<string, string> { ["Cdc__Source__Pulsar__ServiceUrl"] = Broker.ServiceUrl };

    /// <inheritdoc/>
    public long Append(RecordedMessage message)
    {
        // A recording that lacks an entry or has one twice is fed without a hole, since a log has none.
        if (message is not { Place: { } place } || !IsNext(message.Topic, place))
        {
            LogPosition given = message.Entry is { } entry ? Broker.AppendEntry(message.Topic, entry) : Broker.Append(message.Topic, message.Value, message.Headers, message.TimestampMs);
            _ends[message.Topic] = given with { Batch = -1 };
            return -1;
        }

        Broker.AppendEntryAt(message.Topic, place, message.Entry ?? PulsarBroker.Build(message.Value, message.Headers, message.TimestampMs, message.Offset));
        _ends[message.Topic] = place;
        return message.Offset;
    }

    /// <inheritdoc/>
    public void Append(string topic, byte[] value, long timestampMs) => Broker.Append(topic, value, [], timestampMs);

    /// <inheritdoc/>
    public ISourceLogWriter Writer => new PulsarLogWriter(Broker);

    /// <inheritdoc/>
    public void DropConnections() => Broker.Faults.DropConnections();

    /// <inheritdoc/>
    public void RefuseConnections(bool refuse) => Broker.Faults.RefuseConnections = refuse;

    /// <summary>Stops it and starts it again; what comes next lies in new ledgers.</summary>
    public async Task RestartAsync()
    {
        await Broker.DisposeAsync();
        Broker = PulsarBroker.Start(_options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        _port.Dispose();
    }

    private bool IsNext(string topic, LogPosition place) =>
        _ends.TryGetValue(topic, out LogPosition end) ? place == end with { Entry = end.Entry + 1 } || (place.Ledger > end.Ledger && place.Entry == 0) : place.Entry == 0;
}
