using System.Net;

namespace MilvusCdc.Sandbox.Target;

/// <summary>A <see cref="StandInMilvus"/> behind gRPC: real SDKs and MilvusCdc itself can talk to it.</summary>
public sealed class TargetServer : IAsyncDisposable
{
    private readonly StandInListener _listener;

    private TargetServer(StandInListener listener, StandInMilvus milvus)
    {
        _listener = listener;
        Milvus = milvus;
    }

    /// <summary>The instance behind it.</summary>
    public StandInMilvus Milvus { get; }

    /// <summary>http://host:port.</summary>
    public Uri Address => _listener.Address;

    /// <summary>Starts listening.</summary>
    /// <param name="address">Where; null is 127.0.0.1.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="options">How the stand-in behaves.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<TargetServer> StartAsync(
        IPAddress? address = null, int port = 0, StandInOptions? options = null, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        StandInMilvus milvus = new(options, time);
        return new TargetServer(await StandInListener.StartAsync(milvus.HandleAsync, address, port, milvus.Options.MaxCallBytes, null, cancellation), milvus);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
