using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using MilvusCdc.Api.Compatible;
using MilvusCdc.Api.Compatible.Metrics;
using MilvusCdc.Api.Rest;
using MilvusCdc.Api.Targets;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a process serve the control API.</summary>
public static class ApiExtensions
{
    /// <summary>Registers what the API works with. Throws <see cref="CdcConfigurationException"/> when the configuration cannot be used.</summary>
    public static IHostApplicationBuilder AddApi(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTaskStore(builder.Configuration);
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => TaskRest.Use(json.SerializerOptions));
        builder.Services.AddSingleton<ITargetProbe, TargetProbe>();
        builder.Services.AddSingleton<TaskCreation>();
        builder.Services.AddSingleton<TaskPositions>();
        builder.Services.AddSingleton<CdcRequests>();
        builder.Services.AddSingleton<RequestMeters>();
        builder.Services.AddSingleton<CdcMetrics>();
        builder.Services.AddSingleton<Maintenance>();
        builder.Services.AddSingleton<LogLevelSwitch>();
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        builder.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(static provider => provider.GetRequiredService<LogLevelSwitch>());
        builder.Services.AddOptions<KestrelServerOptions>().Configure<CdcOptions>(static (kestrel, options) => kestrel.Limits.MaxRequestBodySize = options.Api.MaxRequestSize);
        builder.Services.AddSingleton<CdcEndpoint>();
        return builder;
    }

    /// <summary>Serves <c>/cdc</c> and <c>/api/v1</c>.</summary>
    public static WebApplication MapApi(this WebApplication app)
    {
        app.Map("/cdc", static (HttpContext http, CdcEndpoint endpoint) => endpoint.HandleAsync(http));
        app.Map("/cdc/metrics", static (HttpContext http, CdcMetrics metrics) => metrics.HandleAsync(http));
        app.MapTaskRest();
        return app;
    }
}
