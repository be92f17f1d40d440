using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Engine;

/// <summary>Opens what a run reads of the source: its metadata and its log.</summary>
internal sealed class SourceConnections(SourceOptions options, EtcdClient etcd, TimeProvider time)
{
    /// <summary>The channel of operations.</summary>
    public string ReplicateChannel => options.ReplicateChannel;

    /// <summary>Lists the metadata and follows it.</summary>
    public async Task<CatalogWatcher> OpenCatalogAsync(CancellationToken cancellation)
    {
        var settings = new CatalogOptions { RootPath = options.RootPath, MetaSubPath = options.MetaSubPath, DefaultDatabase = options.DefaultDatabase };
        var watcher = new CatalogWatcher(etcd, settings, time);
        await watcher.StartAsync(cancellation);
        return watcher;
    }

    /// <summary>A reader of the log; nothing is read before a channel is opened.</summary>
    public ISourceLog OpenLog() => new KafkaSourceLog(new KafkaSourceLogOptions
    {
        BootstrapServers = options.Kafka.BootstrapServers,
        Settings = options.Kafka.Settings,
    });
}
