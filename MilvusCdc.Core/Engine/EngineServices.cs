using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Telemetry;

namespace MilvusCdc.Core.Engine;

/// <summary>Adds the replication engine.</summary>
public static class EngineServices
{
    /// <summary>Registers <see cref="IReplicationEngine"/>. Needs what <see cref="CdcServices.AddTaskStore"/> registers.</summary>
    public static IServiceCollection AddReplicationEngine(this IServiceCollection services)
    {
        services.TryAddSingleton(static provider => new EngineOptions { Reading = provider.GetRequiredService<CdcOptions>().Reading });
        services.AddSingleton(static provider => new SourceConnections(
            provider.GetRequiredService<CdcOptions>().Source,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(static provider => provider.GetRequiredService<EngineOptions>().Packs);
        services.AddSingleton(static provider => provider.GetRequiredService<CdcOptions>().Resilience);
        services.AddSingleton<TargetSessions>();
        services.AddSingleton<CheckpointStore>();
        services.AddSingleton<DeadLetterDesks>();
        services.TryAddSingleton<MessageLog>();
        services.TryAddSingleton<IReplicationEngine, ReplicationEngine>();
        return services;
    }
}
