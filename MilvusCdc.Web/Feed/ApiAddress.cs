using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace MilvusCdc.Web.Feed;

/// <summary>Where the Api is. Asked for lazily: this process's own address is not known before it listens.</summary>
internal sealed class ApiAddress(IOptions<WebOptions> options, IConfiguration configuration, IServer server)
{
    /// <summary>Null: nothing is configured and this process does not listen yet.</summary>
    public Uri? Value => Configured ?? Own();

    /// <summary>Whether the Api is this very process, asked over loopback: its certificate then has the name that others call it by, and nobody else can listen there.</summary>
    public bool IsOwn => Configured is null;

    private Uri? Configured => options.Value.ApiAddress ?? Parse(configuration["services:api:https:0"] ?? configuration["services:api:http:0"]);

    private Uri? Own()
    {
        ICollection<string> addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        string? address = addresses.FirstOrDefault(static address => address.StartsWith("http://", StringComparison.Ordinal)) ?? addresses.FirstOrDefault();
        // What a server listens on need not be what it can be called at.
        return Parse(address?.Replace("://+", "://127.0.0.1", StringComparison.Ordinal).Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://[::1]", StringComparison.Ordinal));
    }

    private static Uri? Parse(string? address) => Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) ? uri : null;
}
