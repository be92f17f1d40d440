using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>CreateCollection: ids, channels, partitions; the creation timestamp is the source's when the call is a replicated one.</summary>
internal sealed class CreateCollectionCall(Instance instance, Action<PoisonKind, string, string> poison)
{
    public void Register(Dispatcher on) =>
        on.On<CreateCollectionRequest>("CreateCollection", (request, context) => Create(request, context.DatabaseOf(request.DbName)));

    private void Create(CreateCollectionRequest request, string databaseName)
    {
        CollectionSchema schema = SchemaCheck.Read(request);
        ReplicateInfo? replicate = request.Base?.ReplicateInfo;
        bool replicated = replicate is { IsReplicate: true } && !instance.Options.TtMsgEnabled;
        if (replicated && replicate!.MsgTimestamp == 0)
        {
            throw Refusal.BadParameter("the cdc timestamp is not set in the request for the backup instance");
        }

        int partitions = SchemaCheck.Partitions(request, schema);
        Database database = instance.Database(databaseName);
        if (database.Aliases.ContainsKey(request.CollectionName))
        {
            throw Refusal.Unexpected($"collection name [{request.CollectionName}] conflicts with an existing alias, please choose a unique name");
        }

        int shards = request.ShardsNum == 0 ? 1 : request.ShardsNum;
        if (database.Collections.TryGetValue(request.CollectionName, out Collection? existing))
        {
            CheckSame(existing, request, schema, shards, partitions);
            return;
        }

        ulong created = replicated ? replicate!.MsgTimestamp : instance.Clock.Next();
        Make(request, database, schema, shards, partitions, created);
    }

    private static void CheckSame(Collection existing, CreateCollectionRequest request, CollectionSchema schema, int shards, int partitions)
    {
        bool same = SchemaCheck.Same(existing.Schema, schema) && existing.Shards.Count == shards && existing.Level == request.ConsistencyLevel
            && (existing.PartitionKey is null || existing.Partitions.Count == partitions);
        if (!same)
        {
            throw Refusal.Unexpected($"create duplicate collection with different parameters, collection: {existing.Name}");
        }
    }

    private void Make(CreateCollectionRequest request, Database database, CollectionSchema schema, int shards, int partitions, ulong created)
    {
        instance.Placements.Remove(request.CollectionName, out Placement? placement);
        Collection collection = new()
        {
            Id = placement?.CollectionId ?? instance.NextId(),
            Database = database,
            Name = request.CollectionName,
            Schema = schema,
            CreatedAt = created,
            Level = request.ConsistencyLevel,
        };
        collection.Properties.AddRange(request.Properties);
        for (int i = 0; i < partitions; i++)
        {
            long id = placement is null ? instance.NextId() : placement.FirstPartitionId + i;
            collection.Partitions.Add(new Partition(id, NameOfPartition(collection, i), created));
        }

        IReadOnlyList<int> channels = placement?.Channels ?? instance.Channels.LeastUsed(shards);
        for (int shard = 0; shard < shards; shard++)
        {
            PhysicalChannel channel = instance.Channels.Open(instance.Channels.NameOf(channels[shard % channels.Count]));
            VirtualChannel reader = new(collection, channel, shard, (kind, what) => poison(kind, channel.Name, what));
            collection.Shards.Add(reader);
            channel.Add(reader);
            instance.Channels.Write(channel, MsgType.CreateCollection, created, ReadOnlyMemory<byte>.Empty);
        }

        database.Collections[collection.Name] = collection;
        database.Dropped.Remove(collection.Name);
        instance.ById[collection.Id] = collection;
        instance.Watches.Watch(collection.Shards);
    }

    private static string NameOfPartition(Collection collection, int number) =>
        collection.PartitionKey is null ? Names.DefaultPartition : $"{Names.DefaultPartition}_{number}";
}
