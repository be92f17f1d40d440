using Google.Protobuf.Collections;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>Load and release of collections and partitions, and how far a load is.</summary>
internal static class LoadCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<LoadCollectionRequest>("LoadCollection",
            (r, c) => Load(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.ReplicaNumber, null));
        on.On<LoadPartitionsRequest>("LoadPartitions",
            (r, c) => Load(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.ReplicaNumber, r.PartitionNames));
        on.On<ReleaseCollectionRequest>("ReleaseCollection",
            (r, c) => Release(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), null));
        on.On<ReleasePartitionsRequest>("ReleasePartitions",
            (r, c) => Release(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.PartitionNames));
        on.On<GetLoadStateRequest, GetLoadStateResponse>("GetLoadState",
            (r, c) => new() { Status = new(), State = StateOf(instance, c.DatabaseOf(r.DbName), r) }, s => new() { Status = s });
        on.On<GetLoadingProgressRequest, GetLoadingProgressResponse>("GetLoadingProgress",
            (r, c) => Progress(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.PartitionNames), s => new() { Status = s });
    }

    private static void Load(Instance instance, Collection collection, int replicas, RepeatedField<string>? partitionNames)
    {
        if (!collection.Indexes.Exists(i => collection.Schema.Fields.First(f => f.Name == i.Field).DataType >= DataType.BinaryVector))
        {
            throw Refusal.NoIndex(collection.Name);
        }

        if (partitionNames is { Count: 0 })
        {
            throw Refusal.Unexpected("failed to load partition, due to no partition specified");
        }

        List<Partition> partitions = partitionNames?.Select(collection.Partition).ToList() ?? collection.Partitions;
        int wanted = replicas == 0 ? collection.Load?.Replicas ?? 1 : replicas;
        if (collection.Load is { } loaded && loaded.Replicas != wanted)
        {
            throw Refusal.BadParameter("can't change the replica number for loaded collection", loaded.Replicas, wanted);
        }

        collection.Load ??= new LoadRequest(wanted);
        collection.Load.Whole |= partitionNames is null;
        collection.Load.Partitions.UnionWith(partitions.Select(p => p.Id));
        if (!collection.Load.Done)
        {
            instance.Watches.Load(collection);
        }

        instance.OwnOperations++;
        instance.Settle();
    }

    private static void Release(Instance instance, Collection collection, RepeatedField<string>? partitionNames)
    {
        List<Partition> partitions = partitionNames?.Select(collection.Partition).ToList() ?? collection.Partitions;
        if (collection.Load is { } load)
        {
            load.Partitions.ExceptWith(partitions.Select(p => p.Id));
            if (load.Partitions.Count == 0)
            {
                collection.Load = null;
                instance.Watches.Release(collection);
            }
        }

        instance.OwnOperations++;
        instance.Settle();
    }

    private static LoadState StateOf(Instance instance, string database, GetLoadStateRequest request)
    {
        Collection? collection = instance.Databases.GetValueOrDefault(database)?.Find(request.CollectionName);
        bool present = collection is not null && request.PartitionNames.All(n => collection.Partitions.Exists(p => p.Name == n));
        return !present ? LoadState.NotExist
            : collection!.Load is not { } load || !request.PartitionNames.All(n => collection.IsLoaded(collection.Partition(n))) ? LoadState.NotLoad
            : load.Done ? LoadState.Loaded : LoadState.Loading;
    }

    private static GetLoadingProgressResponse Progress(Collection collection, RepeatedField<string> partitionNames)
    {
        if (collection.Load is not { } load || !partitionNames.All(n => collection.IsLoaded(collection.Partition(n))))
        {
            throw Refusal.NotLoaded(collection.Id);
        }

        return new GetLoadingProgressResponse { Status = new(), Progress = load.Done ? 100 : 0, RefreshProgress = 100 };
    }
}
