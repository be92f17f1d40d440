using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MilvusCdc.Api.Compatible;
using MilvusCdc.Api.Compatible.Metrics;
using MilvusCdc.Api.Security;
using MilvusCdc.Api.Targets;
using MilvusCdc.Api.V1;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Plan;
using MilvusCdc.Core.Tasks;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a process serve the control API.</summary>
public static class ApiExtensions
{
    /// <summary>Registers what the API works with. Throws <see cref="CdcConfigurationException"/> when the configuration cannot be used.</summary>
    public static IHostApplicationBuilder AddApi(this IHostApplicationBuilder builder)
    {
        if (CdcOptionsReader.Describe(builder.Configuration, options => ListenerCheck.FindMistake(builder.Configuration, options.Api)).Mistakes is { Count: > 0 } mistakes)
        {
            throw new CdcConfigurationException(mistakes);
        }

        builder.Services.AddTaskStore(builder.Configuration);
        builder.Services.AddTaskPlanner();
        builder.Services.ConfigureHttpJsonOptions(static json => V1Endpoints.Use(json.SerializerOptions));
        builder.Services.AddOpenApi(OpenApiDescription.Name, OpenApiDescription.Fill);
        builder.Services.AddHostedService<ListenerWarning>();
        builder.Services.AddSingleton<TokenCheck>();
        builder.Services.AddSingleton<OperationsLog>();
        builder.Services.AddSingleton<Audit>();
        builder.Services.AddSingleton<CdcAudit>();
        builder.Services.TryAddSingleton<WorkerRegistry>();
        builder.Services.AddSingleton<TaskAdmission>();
        builder.Services.AddSingleton<EventStream>();
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

    /// <summary>Serves <c>/cdc</c>, <c>/api/v1</c> and its description, and guards everything that the process serves.</summary>
    public static WebApplication MapApi(this WebApplication app)
    {
        app.UseMiddleware<ApiGate>();
        app.Map("/cdc", static (HttpContext http, CdcEndpoint endpoint) => endpoint.HandleAsync(http));
        app.Map("/cdc/metrics", static (HttpContext http, CdcMetrics metrics) => metrics.HandleAsync(http));
        app.MapV1();
        app.MapOpenApi("/openapi/{documentName}.json").WithMetadata(new NeedsRole(null));
        app.MapOpenApiPage();
        return app;
    }
}
