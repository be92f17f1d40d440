using System.Collections.Concurrent;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>Switches that make the broker misbehave as real ones do. All may be set at any time.</summary>
public sealed class PulsarBrokerFaults
{
    private readonly Action _dropConnections;
    private volatile bool _refuseConnections;
    private volatile bool _silent;
    private volatile bool _duplicate;
    private volatile bool _withoutEnds;
    private volatile string? _redirectTo;
    private volatile IReadOnlySet<string> _silentTopics = new HashSet<string>();
    private volatile Func<string, LogPosition, byte[], byte[]?>? _mangle;

    internal PulsarBrokerFaults(Action dropConnections) => _dropConnections = dropConnections;

    /// <summary>Closes new connections at once. Those that are open stay: see <see cref="DropConnections"/>.</summary>
    public bool RefuseConnections
    {
        get => _refuseConnections;
        set => _refuseConnections = value;
    }

    /// <summary>Takes everything and says nothing, not even PONG.</summary>
    public bool Silent
    {
        get => _silent;
        set => _silent = value;
    }

    /// <summary>Topics that answer every command but deliver no message, as after a crash.</summary>
    public IReadOnlySet<string> SilentTopics
    {
        get => _silentTopics;
        set => _silentTopics = value;
    }

    /// <summary>Whether GET_LAST_MESSAGE_ID fails, as after a crash.</summary>
    public bool WithoutEnds
    {
        get => _withoutEnds;
        set => _withoutEnds = value;
    }

    /// <summary>Sends every entry twice.</summary>
    public bool DuplicateDelivery
    {
        get => _duplicate;
        set => _duplicate = value;
    }

    /// <summary>The URL of another broker to which every lookup is redirected; null: lookups are answered.</summary>
    public string? RedirectTo
    {
        get => _redirectTo;
        set => _redirectTo = value;
    }

    /// <summary>Called for every entry before it is sent, with topic, place and bytes: answers what is sent instead, or null to leave the entry out.</summary>
    public Func<string, LogPosition, byte[], byte[]?>? Mangle
    {
        get => _mangle;
        set => _mangle = value;
    }

    /// <summary>Errors with which the next SUBSCRIBEs are answered, one each.</summary>
    public ConcurrentQueue<ServerError> SubscribeErrors { get; } = new();

    /// <summary>Cuts every open connection, also in the middle of a frame.</summary>
    public void DropConnections() => _dropConnections();
}
