using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MilvusCdc.ServiceDefaults.Http;
using MilvusCdc.ServiceDefaults.Telemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every process of MilvusCdc does the same way: telemetry, health, and calls to other processes.</summary>
public static class Extensions
{
    private const string LiveTag = "live";

    /// <summary>
    /// Adds traces, metrics and logs (sent by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set), health checks, and for every client of
    /// <c>IHttpClientFactory</c> service discovery (<c>http://api</c> is what <c>services:api:http:0</c> says) and retries. Calling it again changes nothing.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(ServiceDefaultsMarker)))
        {
            return builder;
        }

        builder.Services.AddSingleton<ServiceDefaultsMarker>();
        // Below every other source, so that any of them may say otherwise. One line for each request is what traces are for.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", "Warning")] });
        builder.AddTelemetry();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddTransient<ServiceDiscoveryHandler>();
        builder.Services.AddSingleton<HttpResilience>();
        builder.Services.AddTransient<ResilienceHandler>();
        builder.Services.ConfigureHttpClientDefaults(client =>
        {
            client.AddHttpMessageHandler<ResilienceHandler>();
            client.AddHttpMessageHandler<ServiceDiscoveryHandler>();
        });
        return builder;
    }

    /// <summary>Maps <c>/health</c> (every check) and <c>/alive</c> (the process answers), and names the server's spans after their routes.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.Use(ServerSpans.NameAsync);
        app.MapHealthChecks(ServerSpans.HealthPath).DisableHttpMetrics();
        app.MapHealthChecks(ServerSpans.AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).DisableHttpMetrics();
        return app;
    }

    private sealed class ServiceDefaultsMarker;
}
