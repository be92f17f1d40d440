using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Engine;

/// <summary>Opens what a run reads of the source: its metadata and its log.</summary>
internal sealed class SourceConnections(SourceOptions options, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    private readonly EtcdClient _etcd = new(options.Etcd.ToClient(), time, loggers.CreateLogger<EtcdClient>());

    /// <summary>The channel of operations.</summary>
    public string ReplicateChannel => options.ReplicateChannel;

    /// <summary>Lists the metadata and follows it.</summary>
    public async Task<CatalogWatcher> OpenCatalogAsync(CancellationToken cancellation)
    {
        var settings = new CatalogOptions { RootPath = options.RootPath, MetaSubPath = options.MetaSubPath, DefaultDatabase = options.DefaultDatabase, DefaultPartition = options.DefaultPartition };
        var watcher = new CatalogWatcher(_etcd, string.Join(", ", options.Etcd.Endpoints), settings, time, loggers.CreateLogger<CatalogWatcher>());
        try
        {
            await watcher.StartAsync(cancellation);
            return watcher;
        }
        catch
        {
            await watcher.DisposeAsync();
            throw;
        }
    }

    /// <summary>A reader of the log; nothing is read before a channel is opened.</summary>
    public ISourceLog OpenLog() => new KafkaSourceLog(new KafkaSourceLogOptions
    {
        BootstrapServers = options.Kafka.BootstrapServers,
        Settings = options.Kafka.Settings,
    });

    /// <inheritdoc/>
    public void Dispose() => _etcd.Dispose();
}
