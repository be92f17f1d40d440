using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Sandbox.Target;

/// <summary>Handles one call: the method's path, the request's bytes, headers with names in lower case. Answers with the response's bytes.</summary>
internal delegate ValueTask<ReadOnlyMemory<byte>> StandInHandler(
    string method, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation);

/// <summary>A door of plain HTTP beside gRPC.</summary>
/// <param name="Port">0 takes a free one.</param>
/// <param name="Map">Adds what can be asked there.</param>
internal sealed record StandInDoor(int Port, Action<WebApplication> Map);

/// <summary>Where a stand-in listens.</summary>
internal sealed class StandInListener : IAsyncDisposable
{
    private const string Service = "/milvus.proto.milvus.MilvusService/";
    private readonly WebApplication _app;

    private StandInListener(WebApplication app, Uri[] addresses)
    {
        _app = app;
        Address = addresses[0];
        Door = addresses.ElementAtOrDefault(1);
    }

    /// <summary>Where gRPC is spoken.</summary>
    public Uri Address { get; }

    /// <summary>Where the door is, when there is one.</summary>
    public Uri? Door { get; }

    /// <summary>Listens.</summary>
    /// <param name="handle">Handles every call of MilvusService.</param>
    /// <param name="address">Where; null is 127.0.0.1.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="maxReceiveBytes">Largest request.</param>
    /// <param name="door">A door of plain HTTP beside it, on a port of its own; null: none.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<StandInListener> StartAsync(
        StandInHandler handle, IPAddress? address, int port, int maxReceiveBytes, StandInDoor? door, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenGrpc(address ?? IPAddress.Loopback, port);
            if (door is not null)
            {
                kestrel.Listen(IPAddress.Loopback, door.Port, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });
        builder.Services.AddSingleton(new GrpcServerOptions { MaxReceiveBytes = maxReceiveBytes });
        WebApplication app = builder.Build();
        app.MapGrpcRaw(Service + "{method}", (request, call) => handle(call.Method, request, Headers(call), call.CancellationToken));
        door?.Map(app);
        app.MapGrpcUnimplemented();
        await app.StartAsync(cancellation);
        return new StandInListener(app, [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(one => new Uri(one))]);
    }

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
