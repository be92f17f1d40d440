using System.Net;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Target.Persistence;

namespace MilvusCdc.Sandbox.Target;

/// <summary>A <see cref="StandInMilvus"/> behind gRPC: real SDKs and MilvusCdc itself can talk to it.</summary>
public sealed class TargetServer : IAsyncDisposable
{
    private readonly StandInListener _listener;
    private readonly PersistentMilvus? _kept;

    private TargetServer(StandInListener listener, StandInMilvus milvus, PersistentMilvus? kept)
    {
        _listener = listener;
        _kept = kept;
        Milvus = milvus;
    }

    /// <summary>The instance behind it.</summary>
    public StandInMilvus Milvus { get; }

    /// <summary>http://host:port.</summary>
    public Uri Address => _listener.Address;

    /// <summary>Where faults are switched and rows are read, when it was asked for.</summary>
    public Uri? Door => _listener.Door;

    /// <summary>Starts listening.</summary>
    /// <param name="address">Where; null is 127.0.0.1.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="options">How the stand-in behaves.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <param name="dataFile">Keeps what it holds over a restart of the process; null: in memory only.</param>
    /// <param name="doorPort">A port for the door of faults and rows (0 takes a free one); null: no door.</param>
    /// <exception cref="IOException">The port is taken, or the file cannot be opened.</exception>
    public static async Task<TargetServer> StartAsync(
        IPAddress? address = null, int port = 0, StandInOptions? options = null, TimeProvider? time = null, CancellationToken cancellation = default, string? dataFile = null, int? doorPort = null)
    {
        PersistentMilvus? kept = dataFile is null ? null : await PersistentMilvus.OpenAsync(dataFile, options ?? new StandInOptions(), time ?? TimeProvider.System, cancellation);
        try
        {
            StandInMilvus milvus = kept?.Milvus ?? new StandInMilvus(options, time);
            StandInDoor? door = doorPort is { } free ? SandboxDoor.Of(milvus, free) : null;
            StandInHandler handle = kept is null ? milvus.HandleAsync : kept.HandleAsync;
            return new TargetServer(await StandInListener.StartAsync(handle, address, port, milvus.Options.MaxCallBytes, door, cancellation), milvus, kept);
        }
        catch
        {
            kept?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _kept?.Dispose();
    }
}
