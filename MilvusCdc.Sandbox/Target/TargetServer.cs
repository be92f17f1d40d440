using System.Net;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Target.Persistence;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target;

/// <summary>A call to a target at one moment.</summary>
/// <param name="Method">Its short name.</param>
/// <param name="Request">The request message's bytes.</param>
/// <param name="Done">It is done and not answered; false: nothing is done yet.</param>
public readonly record struct TargetCall(string Method, ReadOnlyMemory<byte> Request, bool Done);

/// <summary>A <see cref="StandInMilvus"/> behind gRPC: real SDKs and MilvusCdc itself can talk to it.</summary>
public sealed class TargetServer : IAsyncDisposable
{
    private readonly StandInListener _listener;
    private readonly PersistentMilvus? _kept;
    private readonly StandInHandler _handle;

    private TargetServer(StandInListener listener, StandInMilvus milvus, PersistentMilvus? kept, StandInHandler handle)
    {
        _listener = listener;
        _kept = kept;
        _handle = handle;
        Milvus = milvus;
    }

    /// <summary>The instance behind it.</summary>
    public StandInMilvus Milvus { get; }

    /// <summary>http://host:port.</summary>
    public Uri Address => _listener.Address;

    /// <summary>
    /// Told of every call twice: when it has come and nothing is done, and when it is done and not answered. What it throws (a <see cref="GrpcException"/>;
    /// at the first moment a <see cref="RefusalException"/> too) is the answer: then the call was never done, or its answer is lost. Calls made on <see cref="Milvus"/> directly are not told.
    /// </summary>
    public Func<TargetCall, ValueTask>? Observer { get; set; }

    /// <summary>Where faults are switched and rows are read, when it was asked for.</summary>
    public Uri? Door => _listener.Door;

    /// <summary>Starts listening.</summary>
    /// <param name="address">Where; null is 127.0.0.1.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="options">How the stand-in behaves.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="dataFile">Keeps what it holds over a restart of the process; null: in memory only.</param>
    /// <param name="doorPort">A port for the door of faults and rows (0 takes a free one); null: no door.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The port is taken, or the file cannot be opened.</exception>
    public static async Task<TargetServer> StartAsync(
        IPAddress? address = null,
        int port = 0,
        StandInOptions? options = null,
        TimeProvider? time = null,
        string? dataFile = null,
        int? doorPort = null,
        CancellationToken cancellation = default)
    {
        PersistentMilvus? kept = dataFile is null ? null : await PersistentMilvus.OpenAsync(dataFile, options ?? new StandInOptions(), time ?? TimeProvider.System, cancellation);
        try
        {
            StandInMilvus milvus = kept?.Milvus ?? new StandInMilvus(options, time);
            StandInDoor? door = doorPort is { } free ? SandboxDoor.Of(milvus, free) : null;
            StandInHandler handle = kept is null ? milvus.HandleAsync : kept.HandleAsync;
            TargetServer? server = null;

            // Until it is complete, nobody knows its port.
            StandInListener listener = await StandInListener.StartAsync(
                (method, request, metadata, token) => server!.AnswerAsync(method, request, metadata, token), address, port, milvus.Options.MaxCallBytes, door, cancellation);
            return server = new TargetServer(listener, milvus, kept, handle);
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

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(string path, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        if (Observer is not { } observer)
        {
            return await _handle(path, request, metadata, cancellation);
        }

        string method = path[(path.LastIndexOf('/') + 1)..];
        try
        {
            await observer(new TargetCall(method, request, Done: false));
        }
        catch (RefusalException refusal)
        {
            return await Milvus.HandleForcedAsync(method, request, new CallContext(metadata, cancellation) { Forced = refusal });
        }

        ReadOnlyMemory<byte> answer = await _handle(path, request, metadata, cancellation);
        await observer(new TargetCall(method, request, Done: true));
        return answer;
    }
}
