using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target.Model;
using Messages = MilvusCdc.Protocol.Milvus.Msg;
using PartitionState = MilvusCdc.Protocol.Milvus.Meta.PartitionState;

namespace MilvusCdc.Sandbox.Source;

/// <content>Partitions and aliases.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Makes a partition: etcd only, no message. Returns its id.</summary>
    public Task<long> CreatePartitionAsync(string database, string collection, string partition, CancellationToken cancellation = default) =>
        CreatePartitionAsync(new CreatePartitionRequest { DbName = database, CollectionName = collection, PartitionName = partition }, cancellation);

    /// <summary>Drops a partition with its rows; it must not be loaded. One that is not there is no error.</summary>
    public Task DropPartitionAsync(string database, string collection, string partition, CancellationToken cancellation = default) =>
        DropPartitionAsync(new DropPartitionRequest { DbName = database, CollectionName = collection, PartitionName = partition }, cancellation);

    /// <summary>Makes an alias: etcd only.</summary>
    public Task CreateAliasAsync(string database, string collection, string alias, CancellationToken cancellation = default) =>
        CreateAliasAsync(new CreateAliasRequest { DbName = database, CollectionName = collection, Alias = alias }, cancellation);

    /// <summary>Gives an alias to another collection.</summary>
    public Task AlterAliasAsync(string database, string collection, string alias, CancellationToken cancellation = default) =>
        AlterAliasAsync(new AlterAliasRequest { DbName = database, CollectionName = collection, Alias = alias }, cancellation);

    /// <summary>Drops an alias. One that is not there is no error.</summary>
    public Task DropAliasAsync(string database, string alias, CancellationToken cancellation = default) =>
        DropAliasAsync(new DropAliasRequest { DbName = database, Alias = alias }, cancellation);

    internal Task<long> CreatePartitionAsync(CreatePartitionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            Partition? before = FindPartition(request.DbName, request.CollectionName, request.PartitionName);
            await AskAsync(MilvusMethods.CreatePartition, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            Partition made = collection.Partition(request.PartitionName);
            if (before is null)
            {
                string key = _store.Keys.Partition(collection.Id, made.Id);
                await _store.SaveAsync(key, MetadataValues.Partition(collection, made, PartitionState.PartitionCreating), made.CreatedAt, cancellation);
                if (collection.IsLoaded(made))
                {
                    await _store.PlainAsync([new MetadataChange(_store.Keys.PartitionLoad(collection.Id, made.Id), CoordinatorValues.NewPartitionLoad(collection, made))], cancellation);
                }

                await _store.SaveAsync(key, MetadataValues.Partition(collection, made, PartitionState.PartitionCreated), made.CreatedAt, cancellation);
            }

            return made.Id;
        },
        cancellation);

    internal Task DropPartitionAsync(DropPartitionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            Partition? gone = FindPartition(request.DbName, request.CollectionName, request.PartitionName);
            await AskAsync(MilvusMethods.DropPartition, request, cancellation);
            if (gone is not null)
            {
                await PublishDropAsync(Find(request.DbName, request.CollectionName)!, gone, cancellation);
            }
        },
        cancellation);

    internal Task CreateAliasAsync(CreateAliasRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.CreateAlias, request, cancellation);
            await SaveAliasAsync(request.DbName, request.Alias, cancellation);
            PublishMetadata(request, task);
        },
        cancellation);

    internal Task AlterAliasAsync(AlterAliasRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.AlterAlias, request, cancellation);
            await SaveAliasAsync(request.DbName, request.Alias, cancellation);
            PublishMetadata(request, task);
        },
        cancellation);

    internal Task DropAliasAsync(DropAliasRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            Database? database = _instance.Databases.GetValueOrDefault(DatabaseOr(request.DbName));
            bool present = database?.Aliases.ContainsKey(request.Alias) == true;
            await AskAsync(MilvusMethods.DropAlias, request, cancellation);
            if (present)
            {
                await _store.BuryAsync([_store.Keys.Alias(database!.Id, request.Alias)], AllocateTimestamp(), cancellation);
            }

            PublishMetadata(request, task);
        },
        cancellation);

    private async Task PublishDropAsync(Collection collection, Partition gone, CancellationToken cancellation)
    {
        ulong timestamp = AllocateTimestamp();
        string key = _store.Keys.Partition(collection.Id, gone.Id);
        await _store.SaveAsync(key, MetadataValues.Partition(collection, gone, PartitionState.PartitionDropping), timestamp, cancellation);
        Messages.DropPartitionRequest message = new()
        {
            Base = new MsgBase { MsgType = MsgType.DropPartition, Timestamp = AllocateTimestamp(), SourceID = NodeId },
            PartitionName = gone.Name,
            CollectionID = collection.Id,
            PartitionID = gone.Id,
        };
        foreach (VirtualChannel shard in collection.Shards)
        {
            _log.Broadcast(shard.Physical.Name, message);
        }

        BuryLater([key], timestamp);
    }

    private async Task SaveAliasAsync(string database, string alias, CancellationToken cancellation)
    {
        ulong timestamp = AllocateTimestamp();
        Collection collection = Find(database, alias)!;
        await _store.SaveAsync(_store.Keys.Alias(collection.Database.Id, alias), MetadataValues.Alias(alias, collection, timestamp), timestamp, cancellation);
    }

    private Partition? FindPartition(string database, string collection, string partition)
    {
        lock (_instance.Gate)
        {
            return _instance.Databases.GetValueOrDefault(DatabaseOr(database))?.Find(collection)?.Partitions.Find(one => one.Name == partition);
        }
    }
}
