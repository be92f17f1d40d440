using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Tests.Grpc;

/// <summary>A gRPC server on a free port of 127.0.0.1.</summary>
internal sealed class GrpcTestServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private GrpcTestServer(WebApplication app)
    {
        this.app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Address { get; }

    public static async Task<GrpcTestServer> StartAsync(Action<IEndpointRouteBuilder> map, Action<HttpsConnectionAdapterOptions>? tls = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (tls is not null)
            {
                kestrel.ConfigureEndpointDefaults(listen => listen.UseHttps(tls));
            }

            kestrel.ListenGrpc(IPAddress.Loopback, 0);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return new GrpcTestServer(app);
    }

    public GrpcChannel Connect(Action<GrpcChannelOptions>? configure = null)
    {
        GrpcChannelOptions options = new() { Address = Address };
        configure?.Invoke(options);
        return new GrpcChannel(options);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource atOnce = new();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
