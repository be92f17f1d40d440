using Microsoft.Extensions.Configuration;

namespace MilvusCdc.ServiceDefaults.Http;

/// <summary>
/// Sends a request for <c>http://name</c> to the address that the configuration gives for the name (<c>services:name:https:0</c>, else <c>services:name:http:0</c>),
/// as Aspire injects it. A host that the configuration does not name is taken as it is.
/// </summary>
internal sealed class ServiceDiscoveryHandler(IConfiguration configuration) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { IsAbsoluteUri: true } asked && AddressOf(asked) is { } address)
        {
            request.RequestUri = new Uri(address, asked.PathAndQuery);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private Uri? AddressOf(Uri asked)
    {
        // A port says that this is an address already.
        if (!asked.IsDefaultPort && asked.Port != -1)
        {
            return null;
        }

        IConfigurationSection service = configuration.GetSection($"services:{asked.Host}");
        string? address = asked.Scheme == Uri.UriSchemeHttp ? service["http:0"] ?? service["https:0"] : service["https:0"] ?? service["http:0"];
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? found) ? found : null;
    }
}
