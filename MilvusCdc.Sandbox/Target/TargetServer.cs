using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Target;

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
        app.MapGrpcRaw(Service + "{method}", (request, call) => milvus.HandleAsync(call.Method, request, Headers(call), call.CancellationToken));
        app.MapGrpcUnimplemented();
        await app.StartAsync(cancellation);
        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new TargetServer(app, milvus, new Uri(bound));
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

    private static Dictionary<string, string> Headers(GrpcServerCall call) =>
        call.Metadata.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal);
}
