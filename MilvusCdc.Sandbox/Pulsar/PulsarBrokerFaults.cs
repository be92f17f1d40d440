using System.Collections.Concurrent;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>Entries that are given out to a client, at one moment.</summary>
/// <param name="Connection">The client's connection, by number.</param>
/// <param name="Topics">The topics that they are of.</param>
/// <param name="Sent">They have been sent; false: they are going to be.</param>
public readonly record struct PulsarDelivery(long Connection, IReadOnlyCollection<string> Topics, bool Sent);

/// <summary>A command of a client, at one moment.</summary>
/// <param name="Connection">The client's connection, by number.</param>
/// <param name="Command">What was asked.</param>
/// <param name="Done">It is done and not answered; false: nothing is done yet.</param>
public readonly record struct PulsarAsked(long Connection, BaseCommand Command, bool Done);

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

    /// <summary>
    /// Told twice whenever entries are given out: before they are sent, and after. What it throws (an <see cref="OperationCanceledException"/>) closes the connection: then they never left,
    /// or were the last.
    /// </summary>
    public Func<PulsarDelivery, ValueTask>? DeliveryObserver { get; set; }

    /// <summary>Told twice of every command: when it has come, and when it is done and not answered. What it throws (an <see cref="OperationCanceledException"/>) closes the connection.</summary>
    public Func<PulsarAsked, ValueTask>? CommandObserver { get; set; }

    /// <summary>Cuts every open connection, also in the middle of a frame.</summary>
    public void DropConnections() => _dropConnections();
}
