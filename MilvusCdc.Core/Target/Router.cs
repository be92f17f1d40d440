using System.Collections.Concurrent;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Target;

/// <summary>Where a group goes and what is replaced in its messages.</summary>
internal sealed record Route(TargetCollection Collection, string PChannel, EnvelopePatch Patch);

/// <summary>A group has no place on the target. The message says why, in a few words.</summary>
internal sealed class GroupRefusedException(string message) : Exception(message);

/// <summary>Finds each group's place on the target by the source's ids, and refuses what would harm a real server (target-behaviour, 0.C and 0.D).</summary>
internal sealed class Router(ConcurrentDictionary<long, TargetCollection> collections, NameMap names, TaskProgress progress)
{
    private const long AllPartitions = -1;
    private readonly ConcurrentDictionary<long, IReadOnlyList<ColumnExpectation>> _columns = new();

    /// <summary>The group's route, or null when nothing of it belongs on the target: not selected, or dropped since. Throws <see cref="GroupRefusedException"/>.</summary>
    public Route? Find(RowGroup group, CatalogHistory catalog)
    {
        if (!collections.TryGetValue(group.CollectionId, out TargetCollection? target))
        {
            return NotMapped(group, catalog);
        }

        return group.Kind switch
        {
            MsgType.Insert or MsgType.Delete => Rows(group, target, catalog),
            _ => Drop(group, target),
        };
    }

    /// <summary>Why a message of a group that has a route must not be sent: it would harm a real server; null: it may.</summary>
    public string? Defect(Envelope envelope, RowGroup group, CatalogHistory catalog) => group.Kind is not (MsgType.Insert or MsgType.Delete) ? null
        : EnvelopeCheck.Verify(envelope, group.Kind == MsgType.Delete ? null : _columns.GetOrAdd(group.CollectionId, id => Columns.Of(catalog.Collection(id)!)));

    /// <summary>Whether any message of a group has a defect.</summary>
    public bool HasDefect(RowGroup group, CatalogHistory catalog)
    {
        foreach (var entry in group.Entries)
        {
            if (Defect(entry.Envelope, group, catalog) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private Route? Rows(RowGroup group, TargetCollection target, CatalogHistory catalog)
    {
        int shard = target.ShardOf(group.Shard);
        if (shard < 0)
        {
            throw new GroupRefusedException($"its shard '{group.Shard}' is none of the collection's ({string.Join(", ", target.SourceShards)})");
        }

        if (target.Dropped || target.GonePartitions.ContainsKey(group.PartitionId))
        {
            return null;
        }

        long partition = group.PartitionId;
        if (partition != AllPartitions && !target.Partitions.TryGetValue(group.PartitionId, out partition))
        {
            if (catalog.Partitions(group.CollectionId).Any(known => known.Id == group.PartitionId))
            {
                throw new GroupRefusedException($"its partition {group.PartitionId} is not on the target");
            }

            progress.Notice("rows of a partition that the source no longer knows");
            return null;
        }

        TargetShard to = target.Shards[shard];
        return new Route(target, to.PChannel, new EnvelopePatch
        {
            ShardName = to.VChannel,
            CollectionName = NameOf(group, target, catalog),
            CollectionId = target.Id,
            PartitionId = partition,
        });
    }

    /// <summary>
    /// The name that the collection had when the rows were written, not the one that it has now: rows that are sent again after a rename must be the same bytes. A target goes by the ids.
    /// </summary>
    private string NameOf(RowGroup group, TargetCollection target, CatalogHistory catalog) => catalog.Collection(group.CollectionId) is { } source
        ? names.Collection(catalog.DatabaseName(source.DatabaseIdAt(group.First)), source.NameAt(group.First)).Collection
        : target.Name;

    private static Route? Drop(RowGroup group, TargetCollection target)
    {
        // The message is broadcast on each of the collection's pchannels and names no shard: the shard is the one that lives on this pchannel.
        int shard = -1;
        for (int i = 0; i < target.SourceShards.Count && shard < 0; i++)
        {
            shard = VirtualChannel.PhysicalOf(target.SourceShards[i]) == group.SourceChannel ? i : -1;
        }

        if (shard < 0)
        {
            return null;
        }

        var patch = new EnvelopePatch { CollectionName = target.Name, CollectionId = target.Id };
        if (group.Kind == MsgType.DropPartition)
        {
            if (!target.Partitions.TryGetValue(group.PartitionId, out long partition))
            {
                return null;
            }

            patch = new EnvelopePatch { CollectionId = target.Id, PartitionId = partition };
        }

        return new Route(target, target.Shards[shard].PChannel, patch);
    }

    private Route? NotMapped(RowGroup group, CatalogHistory catalog)
    {
        if (!catalog.Knows(group.CollectionId))
        {
            // Milvus has already removed every trace of it from its metadata: it was dropped long ago.
            progress.Notice("messages of a collection that the source no longer knows");
        }

        return null;
    }
}
