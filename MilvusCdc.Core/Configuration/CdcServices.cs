using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Configuration;

/// <summary>What every process needs.</summary>
public static class CdcServices
{
    /// <summary>Registers <see cref="CdcOptions"/>, the meta store's <see cref="EtcdClient"/>, <see cref="MetaKeys"/> and <see cref="TaskStore"/>; twice is once. Throws <see cref="CdcConfigurationException"/>.</summary>
    public static IServiceCollection AddTaskStore(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(static service => service.ServiceType == typeof(CdcOptions)))
        {
            return services;
        }

        CdcOptions options = CdcOptionsReader.Read(configuration);
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new MetaKeys(options.MetaStore.RootPath));
        services.AddSingleton(static provider => new EtcdClient(
            provider.GetRequiredService<CdcOptions>().MetaStore.Etcd.ToClient(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<EtcdClient>()));
        services.AddSingleton(new SecretReader(options.Secrets.Folders, options.Secrets.VariablePrefix));
        services.AddSingleton<TaskStore>();
        services.AddSingleton<TaskClaims>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton(new CheckpointSource(options.Source.RootPath, options.Source.ReplicateChannel, options.Source.Pulsar is null ? "kafka" : "pulsar"));
        services.AddSingleton<CheckpointTransfer>();
        return services;
    }
}
