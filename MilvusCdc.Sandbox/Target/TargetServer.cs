using System.Net;
using MilvusCdc.Protocol.Grpc;
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

    private TargetServer(StandInListener listener, StandInMilvus milvus)
    {
        _listener = listener;
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
TargetServer? server = null;

        // Until it is complete, nobody knows its port.
        StandInListener listener = await StandInListener.StartAsync((method, request, metadata, token) => server!.AnswerAsync(method, request, metadata, token), address, port, milvus.Options.MaxCallBytes, null, cancellation);
        return server = new TargetServer(listener, milvus);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(string path, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        if (Observer is not { } observer)
        {
            return await Milvus.HandleAsync(path, request, metadata, cancellation);
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

        ReadOnlyMemory<byte> answer = await Milvus.HandleAsync(path, request, metadata, cancellation);
        await observer(new TargetCall(method, request, Done: true));
        return answer;
    }
}
