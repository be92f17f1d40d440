using System.Net.Http.Headers;
using System.Net.Security;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MilvusCdc.Web;
using MilvusCdc.Web.Assets;
using MilvusCdc.Web.Components;
using MilvusCdc.Web.Feed;

namespace Microsoft.Extensions.Hosting;

/// <summary>The dashboard, as a process of its own or inside another one. It knows nothing but the Api's public REST.</summary>
public static class WebExtensions
{
    /// <summary>
    /// Adds the dashboard's services. The Api is looked for at <c>Web:ApiAddress</c>, else where service discovery says that <c>api</c> is
    /// (<c>services:api:https:0</c>, <c>services:api:http:0</c>), else in this very process.
    /// </summary>
    public static IHostApplicationBuilder AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddOptions<WebOptions>()
            .Bind(builder.Configuration.GetSection(WebOptions.SectionName))
            .Validate(
                static options => options.ApiAddress is null or { IsAbsoluteUri: true, Scheme: "http" or "https" },
                $"'{WebOptions.SectionName}:{nameof(WebOptions.ApiAddress)}' must be an address such as http://127.0.0.1:8444")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ApiAddress>();
        builder.Services.AddSingleton<StatusFeed>();
        builder.Services.AddHostedService<StatusPoller>();
        builder.Services.AddHttpClient(StatusPoller.ClientName)
            .ConfigureHttpClient(static (services, client) => client.DefaultRequestHeaders.Authorization =
                services.GetRequiredService<IOptions<WebOptions>>().Value.ApiToken is { Length: > 0 } token ? new AuthenticationHeaderValue("Bearer", token) : null)
            // One call a second, for ever: neither traced nor logged.
            .ConfigurePrimaryHttpMessageHandler(static services => new SocketsHttpHandler
            {
                ActivityHeadersPropagator = null,
                UseProxy = false,
                SslOptions = { RemoteCertificateValidationCallback = (_, _, _, problems) => problems == SslPolicyErrors.None || services.GetRequiredService<ApiAddress>().IsOwn },
            })
            .RemoveAllLoggers();
        return builder;
    }

    /// <summary>Maps the dashboard's pages at <c>/</c> and <c>/tasks/{id}</c>, its script and its style.</summary>
    public static WebApplication MapWeb(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }
}
