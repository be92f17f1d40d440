using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>A door alone, for a part that speaks no gRPC.</summary>
internal sealed class DoorServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DoorServer(WebApplication app) => _app = app;

    /// <summary>http://host:port.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Opens it on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<DoorServer> StartAsync(StandInDoor door, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, door.Port));
        WebApplication app = builder.Build();
        door.Map(app);
        await app.StartAsync(cancellation);
        return new DoorServer(app);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
