using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Kafka;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Core.Engine;

/// <summary>Opens what a run reads of the source: its metadata and its log.</summary>
internal sealed class SourceConnections(SourceOptions options, TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    /// <summary>For those who read little.</summary>
    private const long SmallReadAhead = 16L << 20;

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

    /// <summary>The versions that the source's running components state in etcd, each once; empty: none runs, or they say none.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(CancellationToken cancellation)
    {
        string[] parts = [options.RootPath, options.MetaSubPath, "session", ""];
        EtcdRange sessions = await _etcd.RangeAsync(string.Join('/', parts.Where((part, index) => part.Length > 0 || index == parts.Length - 1)), null, cancellation);
        return [.. sessions.Items.Select(static item => VersionOf(item.Value)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The source's clock as a Milvus timestamp, up to 3 s ahead of it: a source that runs writes it every 3 s. Null: there is none. Throws <see cref="EtcdException"/>.</summary>
    public async Task<ulong?> ClockAsync(CancellationToken cancellation) =>
        await _etcd.GetAsync($"{options.RootPath}/kv/gid/timestamp", cancellation) is { Value.Length: sizeof(long) } stored
        && BinaryPrimitives.ReadInt64BigEndian(stored.Value.Span) is > 0 and long nanoseconds
            ? MilvusTime.Compose(nanoseconds / 1_000_000, 0)
            : null;

    /// <summary>A reader of the log that leaves nothing on the broker; nothing is read before a channel is opened.</summary>
    public ISourceLog OpenLog() => OpenLog(null, SmallReadAhead);

    /// <summary>The reader of a task, which owns what the broker keeps for the task; one at a time.</summary>
    /// <param name="task">The task; null: nobody's.</param>
    /// <param name="readAhead">Bytes that it may read ahead.</param>
    public ISourceLog OpenLog(string? task, long readAhead) => options.Pulsar is { } pulsar
        ? new PulsarSourceLog(pulsar.ToReader(task, readAhead), loggers.CreateLogger<PulsarSourceLog>(), time)
        : new KafkaSourceLog(new KafkaSourceLogOptions
        {
            BootstrapServers = options.Kafka.BootstrapServers,
            Settings = options.Kafka.Settings,
            QueueBytes = readAhead,
        });

    /// <summary>Whether the broker keeps something for each task that must be removed with it.</summary>
    public bool LeavesTraces => options.Pulsar is { Durable: true };

    /// <summary>How long the broker keeps the log, in one sentence; null when nobody can say. Never throws: it is of interest, not needed.</summary>
    public async Task<string?> DescribeRetentionAsync(CancellationToken cancellation)
    {
        if (options.Pulsar is not { AdminUrl: { } admin } pulsar)
        {
            return null;
        }

        using PulsarAdmin asked = new(admin, pulsar.ToReader(null, SmallReadAhead), time);
        PulsarRetention found = await asked.RetentionAsync(cancellation);
        return found.Describe(pulsar.Durable);
    }

    private static string? VersionOf(ReadOnlyMemory<byte> session)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(session);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("Version", out JsonElement version) ? version.GetString() : null;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            // Beside the sessions Milvus keeps a plain number there.
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _etcd.Dispose();
}
