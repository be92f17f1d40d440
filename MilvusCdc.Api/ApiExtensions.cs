using MilvusCdc.Api.Compatible;
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
        builder.Services.AddSingleton<CdcEndpoint>();
        return builder;
    }

    /// <summary>Serves <c>/cdc</c> and <c>/api/v1</c>.</summary>
    public static WebApplication MapApi(this WebApplication app)
    {
        app.Map("/cdc", static (HttpContext http, CdcEndpoint endpoint) => endpoint.HandleAsync(http));
        app.MapTaskRest();
        return app;
    }
}
