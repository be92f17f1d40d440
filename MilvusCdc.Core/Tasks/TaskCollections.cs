using System.Globalization;
using System.Text.Json;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Tasks;

/// <summary>What a source collection is on the target, as the engine has stored it. Ids are text: they exceed what JSON readers keep exactly.</summary>
public sealed record CollectionMapping
{
    /// <summary>The source collection's id.</summary>
    public required string SourceId { get; init; }

    /// <summary>The target collection's id.</summary>
    public required string TargetId { get; init; }

    /// <summary>The target database.</summary>
    public required string TargetDatabase { get; init; }

    /// <summary>The target collection.</summary>
    public required string TargetName { get; init; }

    /// <summary>Where each shard of the source goes, in shard order.</summary>
    public required IReadOnlyList<ShardMapping> Shards { get; init; }

    /// <summary>Target partition ids by source partition id.</summary>
    public required IReadOnlyDictionary<string, string> Partitions { get; init; }

    /// <summary>Whether it has been dropped on the target.</summary>
    public bool Dropped { get; init; }
}

/// <summary>One shard.</summary>
/// <param name="Source">The source's vchannel.</param>
/// <param name="Target">The target's vchannel.</param>
/// <param name="TargetChannel">The target's pchannel.</param>
public sealed record ShardMapping(string Source, string Target, string TargetChannel);

/// <summary>Reads what the engine has stored of a task's collections.</summary>
public sealed class TaskCollections(EtcdClient etcd, MetaKeys keys)
{
    /// <summary>In order of the source's ids. May throw <see cref="EtcdException"/>.</summary>
    public async Task<IReadOnlyList<CollectionMapping>> ListAsync(string task, CancellationToken cancellation)
    {
        EtcdRange stored = await etcd.RangeAsync(keys.Mappings(task), options: null, cancellation).ConfigureAwait(false);
        return [.. stored.Items.Select(static item => JsonSerializer.Deserialize<TargetCollection>(item.Value.Span, Checkpoint.Json)).OfType<TargetCollection>().Select(Show)];
    }

    private static CollectionMapping Show(TargetCollection stored) => new()
    {
        SourceId = Text(stored.SourceId),
        TargetId = Text(stored.Id),
        TargetDatabase = stored.Database,
        TargetName = stored.Name,
        Shards = [.. stored.SourceShards.Zip(stored.Shards, static (source, target) => new ShardMapping(source, target.VChannel, target.PChannel))],
        Partitions = new SortedDictionary<string, string>(stored.Partitions.ToDictionary(static pair => Text(pair.Key), static pair => Text(pair.Value)), StringComparer.Ordinal),
        Dropped = stored.Dropped,
    };

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
