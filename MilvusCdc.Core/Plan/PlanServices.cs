using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Plan;

/// <summary>Adds the planner.</summary>
public static class PlanServices
{
    /// <summary>Registers <see cref="ITaskPlanner"/>. Needs what <see cref="CdcServices.AddTaskStore"/> registers.</summary>
    public static IServiceCollection AddTaskPlanner(this IServiceCollection services)
    {
        services.TryAddSingleton<TaskCollections>();
        services.TryAddSingleton(static provider => new SourceConnections(
            provider.GetRequiredService<CdcOptions>().Source,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.TryAddSingleton<ITaskPlanner, TaskPlanner>();
        return services;
    }
}
