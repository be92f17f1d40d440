using System.Collections.Concurrent;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Engine;

/// <summary>
/// Brings the target to the catalog at the frontier before the stream goes on. Operations after the frontier may have been done before a crash: what the source drops later
/// may be gone already, and that is no loss.
/// </summary>
internal sealed class Reconciler(
    TaskRun run,
    TargetDdl target,
    NameMap names,
    ConcurrentDictionary<long, TargetCollection> collections,
    CollectionApplier applier,
    MetadataApplier metadata,
    CheckpointStore store)
{
    /// <summary>Makes sure of everything that exists at <paramref name="frontier"/>.</summary>
    public async Task RunAsync(ulong frontier, CancellationToken cancellation)
    {
        foreach (TargetCollection stored in await store.LoadMappingsAsync(run.Task.Id, cancellation))
        {
            await RestoreAsync(stored, frontier, cancellation);
        }

        foreach (SourceDatabase database in run.Catalog.DatabasesAt(frontier).Where(database => run.Task.Selection.TouchesDatabase(database.Name)))
        {
            await applier.EnsureDatabaseAsync(names.Database(database.Name), database.CreatedAt, database.PropertiesAt(frontier), cancellation);
        }

        foreach (SourceCollection source in run.Catalog.CollectionsAt(frontier).Where(source => source.IsComplete && run.Selects(source)))
        {
            TargetCollection collection = await applier.EnsureCollectionAsync(source, run.Catalog.DatabaseName(source.DatabaseIdAt(frontier)), frontier, cancellation);
            foreach (SourcePartition partition in source.Partitions.Where(partition => partition.ExistsAt(frontier) && !source.HasPartitionKey))
            {
                await applier.EnsurePartitionAsync(collection, partition.Id, partition.Name, partition.CreatedAt, cancellation);
            }
        }

        if (run.Task.Policies.Metadata == MetadataPolicy.Replicate)
        {
            foreach (SourceAlias alias in run.Catalog.AliasesAt(frontier))
            {
                if (collections.TryGetValue(alias.CollectionId, out TargetCollection? collection))
                {
                    await metadata.EnsureAliasAsync(collection, alias.Name, frontier, cancellation);
                }
            }
        }
    }

    private async Task RestoreAsync(TargetCollection stored, ulong frontier, CancellationToken cancellation)
    {
        SourceCollection? source = run.Catalog.Collection(stored.SourceId);
        string sourceName = source is null ? $"#{stored.SourceId}" : $"{run.Catalog.DatabaseName(source.DatabaseIdAt(frontier))}.{source.NameAt(frontier)}";
        if (!stored.Dropped && !await RefreshAsync(stored, cancellation))
        {
            if (source is { DroppedAt: null } && source.CreatedAt <= frontier)
            {
                throw TargetPresence.Gone([(stored, sourceName)]);
            }

            if (source?.DroppedAt is null)
            {
                // Its creation lies after the frontier and will be done again.
                return;
            }

            stored.Dropped = true;
        }

        collections[stored.SourceId] = stored;
        run.Progress.Collections.TryAdd(
            stored.SourceId, new CollectionProgress { SourceName = sourceName, TargetName = $"{stored.Database}.{stored.Name}", Dropped = stored.Dropped });
    }

    /// <summary>Looks the collection up by its id and takes its present name; false when the target does not have it.</summary>
    private async Task<bool> RefreshAsync(TargetCollection stored, CancellationToken cancellation)
    {
        if (await target.DescribeAsync(stored.Database, stored.Name, cancellation) is { } named && named.CollectionID == stored.Id)
        {
            return true;
        }

        if (await target.DescribeAsync(stored.Database, stored.Id, cancellation) is not { } there || there.CollectionID != stored.Id)
        {
            return false;
        }

        stored.Name = NameOf(there);
        return true;
    }

    private static string NameOf(DescribeCollectionResponse there) => there.Schema?.Name is { Length: > 0 } name ? name : there.CollectionName;
}
