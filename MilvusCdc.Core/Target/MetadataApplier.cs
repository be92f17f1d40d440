using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Target;

/// <summary>Aliases, renames and properties: changes that a source tells in its metadata only, done as the task's policy says.</summary>
internal sealed class MetadataApplier(TargetDdl target, TaskRun run, NameMap names, CheckpointStore store)
{
    private const int AliasExists = 1602;
    private const int AliasNotFound = 1600;

    /// <summary>Whether a change is to be done; a policy of <c>block</c> stops the task here.</summary>
    public bool Wants(string what, string subject)
    {
        switch (run.Task.Policies.Metadata)
        {
            case MetadataPolicy.Replicate:
                return true;
            case MetadataPolicy.Ignore:
                run.Progress.Notice($"{what} ignored");
                return false;
            default:
                throw new ReplicationStoppedException(
                    TaskPhase.Blocked, $"{what} of {subject} on the source: the task's policy for metadata changes is 'block'; set it to 'replicate' or 'ignore' and resume the task");
        }
    }

    /// <summary>Gives a collection its new name, unless it has it already.</summary>
    public async Task RenameAsync(TargetCollection collection, string newSourceDatabase, string newSourceName, ulong timestamp, CancellationToken cancellation)
    {
        (string database, string name) = names.Collection(newSourceDatabase, newSourceName);
        if (run.Progress.Collections.TryGetValue(collection.SourceId, out CollectionProgress? shown))
        {
            shown.SourceName = $"{newSourceDatabase}.{newSourceName}";
        }

        if (collection.Dropped || (collection.Database == database && collection.Name == name) || !Wants("rename", $"collection '{collection.Database}.{collection.Name}'"))
        {
            return;
        }

        DescribeCollectionResponse? there = await target.DescribeAsync(database, name, cancellation);
        if (there?.CollectionID != collection.Id)
        {
            var request = new RenameCollectionRequest
            {
                Base = TargetDdl.Replicated(timestamp),
                DbName = collection.Database,
                OldName = collection.Name,
                NewName = name,
                NewDBName = database == collection.Database ? "" : database,
            };
            await target.CallAsync(MilvusMethods.RenameCollection, request, collection.Database, cancellation);
        }

        collection.Database = database;
        collection.Name = name;
        shown?.TargetName = $"{database}.{name}";
        await store.SaveMappingAsync(run.Task.Id, collection, run.Ownership, cancellation);
    }

    /// <summary>Sets the properties that are new or have another value. Milvus 2.3 and 2.4 cannot remove one: it is counted.</summary>
    public async Task SetPropertiesAsync(
        TargetCollection collection, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, ulong timestamp, CancellationToken cancellation)
    {
        if (collection.Dropped || !Wants("change of properties", $"collection '{collection.Database}.{collection.Name}'"))
        {
            return;
        }

        KeyValuePair[] changed = [.. CollectionApplier.Pairs(after.Except(before))];
        if (before.Keys.Except(after.Keys).Any())
        {
            run.Progress.Notice("removal of a collection property ignored");
        }

        if (changed.Length > 0)
        {
            var request = new AlterCollectionRequest { Base = TargetDdl.Replicated(timestamp), DbName = collection.Database, CollectionName = collection.Name };
            request.Properties.AddRange(changed);
            await target.CallAsync(MilvusMethods.AlterCollection, request, collection.Database, cancellation);
        }
    }

    /// <summary>Makes an alias point to a collection, whether it exists or not.</summary>
    public async Task EnsureAliasAsync(TargetCollection collection, string alias, ulong timestamp, CancellationToken cancellation)
    {
        if (collection.Dropped || !Wants("alias", $"collection '{collection.Database}.{collection.Name}'"))
        {
            return;
        }

        var create = new CreateAliasRequest { Base = TargetDdl.Replicated(timestamp), DbName = collection.Database, CollectionName = collection.Name, Alias = alias };
        try
        {
            await target.CallAsync(MilvusMethods.CreateAlias, create, collection.Database, cancellation);
        }
        catch (MilvusException answer) when (answer.Code == AliasExists)
        {
            var alter = new AlterAliasRequest { Base = create.Base, DbName = create.DbName, CollectionName = create.CollectionName, Alias = alias };
            await target.CallAsync(MilvusMethods.AlterAlias, alter, collection.Database, cancellation);
        }
    }

    /// <summary>Removes an alias.</summary>
    public async Task EnsureNoAliasAsync(TargetCollection collection, string alias, ulong timestamp, CancellationToken cancellation)
    {
        if (!Wants("drop of an alias", $"'{collection.Database}.{alias}'"))
        {
            return;
        }

        try
        {
            var request = new DropAliasRequest { Base = TargetDdl.Replicated(timestamp), DbName = collection.Database, Alias = alias };
            await target.CallAsync(MilvusMethods.DropAlias, request, collection.Database, cancellation);
        }
        catch (MilvusException answer) when (answer.Code == AliasNotFound)
        {
            // Already gone.
        }
    }
}
