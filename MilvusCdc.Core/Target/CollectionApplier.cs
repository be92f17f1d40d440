using System.Collections.Concurrent;
using Google.Protobuf;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Target;

/// <summary>Makes and drops collections and partitions on the target. Each step is an "ensure": what is already so is success, whoever did it before a crash.</summary>
internal sealed class CollectionApplier(
    TargetDdl target,
    TaskRun run,
    NameMap names,
    ConcurrentDictionary<long, TargetCollection> collections,
    CheckpointStore store)
{
    private const string PartitionIsLoaded = "partition is loaded";
    private static readonly Dictionary<string, string> NoProperties = [];

    /// <summary>Makes a database if the target does not have it.</summary>
    public async Task EnsureDatabaseAsync(string database, ulong timestamp, IReadOnlyDictionary<string, string> properties, CancellationToken cancellation)
    {
        if (database == NameMap.DefaultDatabase || await target.HasDatabaseAsync(database, cancellation))
        {
            return;
        }

        var request = new CreateDatabaseRequest { Base = TargetDdl.Replicated(timestamp), DbName = database };
        request.Properties.AddRange(Pairs(properties));
        await target.CallAsync(MilvusMethods.CreateDatabase, request, null, cancellation);
    }

    /// <summary>Makes a collection as it was at <paramref name="at"/>, or takes over the one that is there, and notes what it is on the target.</summary>
    public async Task<TargetCollection> EnsureCollectionAsync(SourceCollection source, string sourceDatabase, ulong at, CancellationToken cancellation)
    {
        if (collections.TryGetValue(source.Id, out TargetCollection? known))
        {
            return known;
        }

        string sourceName = source.NameAt(at);
        (string database, string name) = names.Collection(sourceDatabase, sourceName);
        await EnsureDatabaseAsync(database, source.CreatedAt, NoProperties, cancellation);
        DescribeCollectionResponse? there = await target.DescribeAsync(database, name, cancellation);
        if (there is null)
        {
            await target.CallAsync(MilvusMethods.CreateCollection, CreateRequest(source, database, name, at), database, cancellation);
            there = await target.DescribeAsync(database, name, cancellation)
                ?? throw new ReplicationStoppedException(TaskPhase.Blocked, $"the target does not show collection '{database}.{name}' after it was created");
        }
        else if (SchemaComparison.FirstDifference(source, there) is { } difference)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Blocked,
                $"the target already has a collection '{database}.{name}' that differs from the source's ({difference}): rename or drop it on the target, or map the name, and resume the task");
        }

        TargetCollection made = await MapAsync(source, there, database, name, cancellation);
        collections[source.Id] = made;
        run.Progress.Collections[source.Id] = new CollectionProgress { SourceName = $"{sourceDatabase}.{sourceName}", TargetName = $"{database}.{name}" };
        await store.SaveMappingAsync(run.Task.Id, made, run.Ownership, cancellation);
        return made;
    }

    /// <summary>Drops a collection, unless another one has its name by now.</summary>
    public async Task EnsureDroppedAsync(TargetCollection collection, ulong timestamp, CancellationToken cancellation)
    {
        if (!collection.Dropped)
        {
            DescribeCollectionResponse? there = await target.DescribeAsync(collection.Database, collection.Name, cancellation);
            if (there?.CollectionID == collection.Id)
            {
                var request = new DropCollectionRequest { Base = TargetDdl.Replicated(timestamp), DbName = collection.Database, CollectionName = collection.Name };
                await target.CallAsync(MilvusMethods.DropCollection, request, collection.Database, cancellation);
            }

            collection.Dropped = true;
            await store.SaveMappingAsync(run.Task.Id, collection, run.Ownership, cancellation);
        }

        if (run.Progress.Collections.TryGetValue(collection.SourceId, out CollectionProgress? shown))
        {
            shown.Dropped = true;
        }
    }

    /// <summary>Makes a partition; a task that leaves partitions to others takes it as it finds it.</summary>
    public async Task EnsurePartitionAsync(TargetCollection collection, long sourceId, string name, ulong timestamp, CancellationToken cancellation)
    {
        if (collection.Dropped || collection.Partitions.ContainsKey(sourceId))
        {
            return;
        }

        IReadOnlyDictionary<string, long> there = await target.PartitionsAsync(collection.Database, collection.Name, cancellation);
        if (!there.TryGetValue(name, out long id))
        {
            if (run.Task.Target.IgnorePartitions)
            {
                return;
            }

            var request = new CreatePartitionRequest
            {
                Base = TargetDdl.Replicated(timestamp),
                DbName = collection.Database,
                CollectionName = collection.Name,
                PartitionName = name,
            };
            await target.CallAsync(MilvusMethods.CreatePartition, request, collection.Database, cancellation);
            id = (await target.PartitionsAsync(collection.Database, collection.Name, cancellation))[name];
        }

        collection.Partitions[sourceId] = id;
        await store.SaveMappingAsync(run.Task.Id, collection, run.Ownership, cancellation);
    }

    /// <summary>Drops a partition; one that is loaded is released first, since sources before 2.3.6 do not tell that theirs was.</summary>
    public async Task EnsurePartitionDroppedAsync(TargetCollection collection, long sourceId, string name, ulong timestamp, CancellationToken cancellation)
    {
        if (run.Task.Target.IgnorePartitions || collection.Dropped || collection.GonePartitions.ContainsKey(sourceId))
        {
            return;
        }

        // A partition of that name that is not ours was made after ours was dropped.
        IReadOnlyDictionary<string, long> there = await target.PartitionsAsync(collection.Database, collection.Name, cancellation);
        bool ours = collection.Partitions.TryGetValue(sourceId, out long id) && there.TryGetValue(name, out long found) && found == id;
        if (ours)
        {
            await DropPartitionAsync(collection, name, timestamp, cancellation);
        }

        collection.GonePartitions[sourceId] = true;
        await store.SaveMappingAsync(run.Task.Id, collection, run.Ownership, cancellation);
    }

    private async Task DropPartitionAsync(TargetCollection collection, string name, ulong timestamp, CancellationToken cancellation)
    {
        var request = new DropPartitionRequest
        {
            Base = TargetDdl.Replicated(timestamp),
            DbName = collection.Database,
            CollectionName = collection.Name,
            PartitionName = name,
        };
        try
        {
            await target.CallAsync(MilvusMethods.DropPartition, request, collection.Database, cancellation);
        }
        catch (MilvusException answer) when (answer.Reason.Contains(PartitionIsLoaded, StringComparison.Ordinal))
        {
            var release = new ReleasePartitionsRequest { Base = TargetDdl.Replicated(timestamp), DbName = collection.Database, CollectionName = collection.Name };
            release.PartitionNames.Add(name);
            await target.CallAsync(MilvusMethods.ReleasePartitions, release, collection.Database, cancellation);
            await target.CallAsync(MilvusMethods.DropPartition, request, collection.Database, cancellation);
            run.Progress.Notice("partition released before its drop");
        }
    }

    private async Task<TargetCollection> MapAsync(
        SourceCollection source, DescribeCollectionResponse there, string database, string name, CancellationToken cancellation)
    {
        var shards = there.VirtualChannelNames.Zip(there.PhysicalChannelNames, static (v, p) => new TargetShard(v, p)).OrderBy(static shard => VirtualChannel.ShardOf(shard.VChannel));
        var mapped = new TargetCollection
        {
            SourceId = source.Id,
            Database = database,
            Name = name,
            Id = there.CollectionID,
            SourceShards = [.. source.VirtualChannels],
            Shards = [.. shards],
        };
        IReadOnlyDictionary<string, long> partitions = await target.PartitionsAsync(database, name, cancellation);
        foreach (SourcePartition partition in run.Catalog.Partitions(source.Id))
        {
            if (partition.CameWithCollection && partitions.TryGetValue(partition.Name, out long id))
            {
                mapped.Partitions[partition.Id] = id;
            }
        }

        return mapped;
    }

    private static CreateCollectionRequest CreateRequest(SourceCollection source, string database, string name, ulong at)
    {
        CollectionSchema schema = source.SchemaAt(at);
        schema.Name = name;
        var request = new CreateCollectionRequest
        {
            Base = TargetDdl.Replicated(source.CreatedAt),
            DbName = database,
            CollectionName = name,
            Schema = schema.ToByteString(),
            ShardsNum = source.Shards,
            ConsistencyLevel = source.ConsistencyLevel,
            NumPartitions = source.PartitionKeyPartitions,
        };
        request.Properties.AddRange(Pairs(source.PropertiesAt(at)));
        return request;
    }

    /// <summary>Properties as the wire has them.</summary>
    internal static IEnumerable<KeyValuePair> Pairs(IEnumerable<KeyValuePair<string, string>> properties) =>
        properties.Select(static property => new KeyValuePair { Key = property.Key, Value = property.Value });
}
