using System.Collections.Concurrent;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Target;

/// <summary>Does on the target what a change of the source's metadata says.</summary>
internal sealed class ChangeApplier(
    TargetDdl target,
    TaskRun run,
    NameMap names,
    ConcurrentDictionary<long, TargetCollection> collections,
    CollectionApplier applier,
    MetadataApplier metadata)
{
    /// <summary>Does one change; what the task does not select is left alone.</summary>
    public async Task ApplyAsync(CatalogChange change, CancellationToken cancellation)
    {
        ulong at = change.Timestamp;
        switch (change)
        {
            case DatabaseCreated created when run.Task.Selection.TouchesDatabase(created.Name):
                await applier.EnsureDatabaseAsync(names.Database(created.Name), at, created.Properties, cancellation);
                break;
            case DatabaseDropped dropped:
                await DropDatabaseAsync(dropped.Name, at, cancellation);
                break;
            case CollectionCreated created when run.Task.Selection.Selects(created.Database, created.Name):
                await CreateAsync(created, cancellation);
                break;
            case CollectionDropped dropped when Find(dropped.CollectionId) is { } collection:
                await applier.EnsureDroppedAsync(collection, at, cancellation);
                break;
            case CollectionRenamed renamed when Find(renamed.CollectionId) is { } collection:
                await metadata.RenameAsync(collection, renamed.NewDatabase, renamed.NewName, at, cancellation);
                break;
            case CollectionPropertiesChanged changed when Find(changed.CollectionId) is { } collection:
                await metadata.SetPropertiesAsync(collection, changed.Old, changed.New, at, cancellation);
                break;
            case CollectionTouched:
                // The source wrote its record again with nothing in it changed.
                run.Progress.Notice("collection records written again unchanged");
                break;
            case PartitionCreated created when Find(created.CollectionId) is { } collection:
                await applier.EnsurePartitionAsync(collection, created.PartitionId, created.Name, at, cancellation);
                break;
            case PartitionDropped dropped when Find(dropped.CollectionId) is { } collection:
                await applier.EnsurePartitionDroppedAsync(collection, dropped.PartitionId, dropped.Name, at, cancellation);
                break;
            case AliasCreated created when Find(created.CollectionId) is { } collection:
                await metadata.EnsureAliasAsync(collection, created.Alias, at, cancellation);
                break;
            case AliasAltered altered when Find(altered.NewCollectionId) is { } collection:
                await metadata.EnsureAliasAsync(collection, altered.Alias, at, cancellation);
                break;
            case AliasDropped dropped when Find(dropped.CollectionId) is { } collection:
                await metadata.EnsureNoAliasAsync(collection, dropped.Alias, at, cancellation);
                break;
        }
    }

    private async Task CreateAsync(CollectionCreated created, CancellationToken cancellation)
    {
        SourceCollection? source = run.Catalog.Collection(created.CollectionId);
        if (source is { IsComplete: true })
        {
            await applier.EnsureCollectionAsync(source, created.Database, created.Timestamp, cancellation);
        }
        else
        {
            // Dropped long ago: the source is removing its metadata, field by field.
            run.Progress.Notice("collections whose metadata the source has removed already");
        }
    }

    private TargetCollection? Find(long id) => collections.GetValueOrDefault(id);

    private async Task DropDatabaseAsync(string source, ulong at, CancellationToken cancellation)
    {
        string database = names.Database(source);
        if (!run.Task.Selection.Selects(source, "*") || database == NameMap.DefaultDatabase || !await target.HasDatabaseAsync(database, cancellation))
        {
            return;
        }

        try
        {
            await target.CallAsync(MilvusMethods.DropDatabase, new DropDatabaseRequest { Base = TargetDdl.Replicated(at), DbName = database }, null, cancellation);
        }
        catch (MilvusException answer) when (answer.Reason.Contains("not empty", StringComparison.Ordinal))
        {
            run.Progress.Notice("database kept on the target: it holds collections that are not the task's");
        }
    }
}
