using Microsoft.Extensions.DependencyInjection.Extensions;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Worker.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a process a worker.</summary>
public static class WorkerExtensions
{
    /// <summary>Runs tasks in this process. Throws <see cref="CdcConfigurationException"/> when the configuration cannot be used.</summary>
    public static IHostApplicationBuilder AddWorker(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTaskStore(builder.Configuration);
        builder.Services.AddReplicationEngine();
        builder.Services.TryAddSingleton<WorkerRegistry>();
        builder.Services.AddSingleton<WorkerHealth>();
        builder.Services.AddHealthChecks().AddCheck<WorkerHealth>("worker");
        builder.Services.AddHostedService<TaskHost>();
        return builder;
    }
}
