using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Target;

/// <summary>A call to a target at one moment.</summary>
/// <param name="Method">Its short name.</param>
/// <param name="Request">The request message's bytes.</param>
/// <param name="Done">It is done and not answered; false: nothing is done yet.</param>
public readonly record struct TargetCall(string Method, ReadOnlyMemory<byte> Request, bool Done);

/// <summary>A <see cref="StandInMilvus"/> behind gRPC: real SDKs and MilvusCdc itself can talk to it.</summary>
public sealed class TargetServer : IAsyncDisposable
{
    private const string Service = "/milvus.proto.milvus.MilvusService/";
    private readonly WebApplication _app;

    private TargetServer(WebApplication app, StandInMilvus milvus, Uri address)
    {
        _app = app;
        Milvus = milvus;
        Address = address;
    }

    /// <summary>The instance behind it.</summary>
    public StandInMilvus Milvus { get; }

    /// <summary>http://host:port.</summary>
    public Uri Address { get; }

    /// <summary>
    /// Told of every call twice: when it has come and nothing is done, and when it is done and not answered. What it throws (a <see cref="GrpcException"/>) is the answer:
    /// then the call was never done, or its answer is lost. Calls made on <see cref="Milvus"/> directly are not told.
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
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpc(address ?? IPAddress.Loopback, port));
        builder.Services.AddSingleton(new GrpcServerOptions { MaxReceiveBytes = milvus.Options.MaxCallBytes });
        WebApplication app = builder.Build();
        TargetServer? server = null;
        app.MapGrpcRaw(Service + "{method}", (request, call) => server!.AnswerAsync(request, call));
        app.MapGrpcUnimplemented();

        // Until it is complete, nobody knows its port.
        await app.StartAsync(cancellation);
        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server = new TargetServer(app, milvus, new Uri(bound));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Calls that wait for ticks never end by themselves.
        using CancellationTokenSource atOnce = new();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(ReadOnlyMemory<byte> request, GrpcServerCall call)
    {
        if (Observer is not { } observer)
        {
            return await Milvus.HandleAsync(call.Method, request, Headers(call), call.CancellationToken);
        }

        string method = call.Method[(call.Method.LastIndexOf('/') + 1)..];
        await observer(new TargetCall(method, request, Done: false));
        ReadOnlyMemory<byte> answer = await Milvus.HandleAsync(call.Method, request, Headers(call), call.CancellationToken);
        await observer(new TargetCall(method, request, Done: true));
        return answer;
    }

    private static Dictionary<string, string> Headers(GrpcServerCall call) =>
        call.Metadata.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal);
}
