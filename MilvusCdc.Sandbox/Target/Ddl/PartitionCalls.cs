using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>CreatePartition, DropPartition, HasPartition, ShowPartitions.</summary>
internal static class PartitionCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<CreatePartitionRequest>("CreatePartition",
            (r, c) => Create(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.PartitionName));
        on.On<DropPartitionRequest>("DropPartition", (r, c) => Drop(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.PartitionName));
        on.On<HasPartitionRequest, BoolResponse>("HasPartition",
            (r, c) => new()
            {
                Status = new(),
                Value = instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName).Partitions.Exists(p => p.Name == r.PartitionName),
            },
            s => new() { Status = s });
        on.On<ShowPartitionsRequest, ShowPartitionsResponse>("ShowPartitions",
            (r, c) => Show(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r), s => new() { Status = s });
    }

    private static void Create(Instance instance, Collection collection, string name)
    {
        Names.CheckPartition(name);
        if (collection.PartitionKey is not null)
        {
            throw Refusal.Unexpected("disable create partition if partition key mode is used");
        }

        if (collection.Partitions.Exists(p => p.Name == name))
        {
            return;
        }

        long id = instance.PartitionPlacements.TryGetValue((collection.Name, name), out long placed) ? placed : instance.NextId();
        Partition partition = new(id, name, instance.Clock.Next());
        collection.Partitions.Add(partition);
        if (collection.Load is { Whole: true } load)
        {
            load.Partitions.Add(partition.Id);
        }
    }

    private static void Drop(Collection collection, string name)
    {
        if (collection.PartitionKey is not null)
        {
            throw Refusal.Unexpected("disable drop partition if partition key mode is used");
        }

        if (name == Names.DefaultPartition)
        {
            throw Refusal.Unexpected("default partition cannot be deleted");
        }

        if (collection.Partitions.Find(p => p.Name == name) is not { } partition)
        {
            return;
        }

        if (collection.IsLoaded(partition))
        {
            throw Refusal.Unexpected("partition cannot be dropped, partition is loaded, please release it first");
        }

        collection.Partitions.Remove(partition);
        collection.DroppedPartitions.Add(partition.Id);
        foreach (VirtualChannel shard in collection.Shards)
        {
            shard.ForgetPartition(partition.Id);
        }
    }

    private static ShowPartitionsResponse Show(Collection collection, ShowPartitionsRequest request)
    {
        ShowPartitionsResponse response = new() { Status = new() };
        foreach (Partition partition in collection.Partitions)
        {
            bool asked = request.PartitionNames.Count == 0 || request.PartitionNames.Contains(partition.Name);
            if (!asked || (request.Type == ShowType.InMemory && !collection.IsLoaded(partition)))
            {
                continue;
            }

            response.PartitionNames.Add(partition.Name);
            response.PartitionIDs.Add(partition.Id);
            response.CreatedTimestamps.Add(partition.CreatedAt);
            response.CreatedUtcTimestamps.Add(TsoClock.Milliseconds(partition.CreatedAt));
            if (request.Type == ShowType.InMemory)
            {
                response.InMemoryPercentages.Add(collection.Load!.Done ? 100 : 0);
            }
        }

        return response;
    }
}
