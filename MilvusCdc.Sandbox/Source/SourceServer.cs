using System.Net;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Source;

/// <summary>A <see cref="SourceMilvus"/> behind gRPC: real SDKs can talk to it.</summary>
public sealed class SourceServer : IAsyncDisposable
{
    private const int MaxCallBytes = 64 << 20;
    private readonly StandInListener _listener;

    private SourceServer(StandInListener listener, SourceMilvus milvus)
    {
        _listener = listener;
        Milvus = milvus;
    }

    /// <summary>The instance behind it.</summary>
    public SourceMilvus Milvus { get; }

    /// <summary>http://host:port.</summary>
    public Uri Address => _listener.Address;

    /// <summary>Where faults are switched and rows are read, when it was asked for.</summary>
    public Uri? Door => _listener.Door;

    /// <summary>Starts listening.</summary>
    /// <param name="milvus">The instance; it is the caller's to dispose.</param>
    /// <param name="address">Where; null is 127.0.0.1.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="doorPort">A port for the door of faults and rows (0 takes a free one); null: no door.</param>
    /// <param name="time">Clock of the delays that a test asks for.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SourceServer> StartAsync(
        SourceMilvus milvus, IPAddress? address = null, int port = 0, int? doorPort = null, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        SourceCalls calls = new(milvus, time ?? TimeProvider.System);
        StandInDoor? door = doorPort is { } free ? SandboxDoor.Of(milvus, free) : null;
        return new SourceServer(await StandInListener.StartAsync(calls.HandleAsync, address, port, MaxCallBytes, door, cancellation), milvus);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
