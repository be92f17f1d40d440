using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <content>Load, release, flush.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Loads a collection. It needs an index on a vector field.</summary>
    public Task LoadCollectionAsync(string database, string collection, int replicas = 1, CancellationToken cancellation = default) =>
        LoadCollectionAsync(new LoadCollectionRequest { DbName = database, CollectionName = collection, ReplicaNumber = replicas }, cancellation);

    /// <summary>Releases a collection.</summary>
    public Task ReleaseCollectionAsync(string database, string collection, CancellationToken cancellation = default) =>
        ReleaseCollectionAsync(new ReleaseCollectionRequest { DbName = database, CollectionName = collection }, cancellation);

    /// <summary>Loads some partitions. A source before 2.3.6 does not publish it.</summary>
    public Task LoadPartitionsAsync(string database, string collection, IEnumerable<string> partitions, int replicas = 1, CancellationToken cancellation = default) => LoadPartitionsAsync(
        new LoadPartitionsRequest { DbName = database, CollectionName = collection, PartitionNames = { partitions }, ReplicaNumber = replicas }, cancellation);

    /// <summary>Releases some partitions. A source before 2.3.6 does not publish it.</summary>
    public Task ReleasePartitionsAsync(string database, string collection, IEnumerable<string> partitions, CancellationToken cancellation = default) =>
        ReleasePartitionsAsync(new ReleasePartitionsRequest { DbName = database, CollectionName = collection, PartitionNames = { partitions } }, cancellation);

    /// <summary>Flushes collections: later rows go to new segments.</summary>
    public Task FlushAsync(string database, IEnumerable<string> collections, CancellationToken cancellation = default) =>
        FlushAsync(new FlushRequest { DbName = database, CollectionNames = { collections } }, cancellation);

    internal Task LoadCollectionAsync(LoadCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.LoadCollection, request, cancellation);
            Collection loaded = Find(request.DbName, request.CollectionName)!;
            await SaveLoadAsync(loaded, [.. loaded.Partitions], cancellation);
            Publish(request, task);
        },
        cancellation);

    internal Task ReleaseCollectionAsync(ReleaseCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.ReleaseCollection, request, cancellation);
            Collection released = Find(request.DbName, request.CollectionName)!;
            await RemoveLoadAsync(released, released.Partitions, cancellation);
            Publish(request, task);
        },
        cancellation);

    internal Task LoadPartitionsAsync(LoadPartitionsRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.LoadPartitions, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            await SaveLoadAsync(collection, [.. request.PartitionNames.Select(collection.Partition)], cancellation);
            if (Options.Version.PublishesPartitionLoads)
            {
                Publish(request, task);
            }
        },
        cancellation);

    internal Task ReleasePartitionsAsync(ReleasePartitionsRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.ReleasePartitions, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            await RemoveLoadAsync(collection, request.PartitionNames.Select(collection.Partition), cancellation);
            if (Options.Version.PublishesPartitionLoads)
            {
                Publish(request, task);
            }
        },
        cancellation);

    internal Task<FlushResponse> FlushAsync(FlushRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            FlushResponse response = await AskAsync(MilvusMethods.Flush, request, cancellation);
            foreach (Collection collection in request.CollectionNames.Select(name => Find(request.DbName, name)!))
            {
                _journal.Seal(collection);
            }

            Publish(request, task);
            return response;
        },
        cancellation);

    /// <summary>Loading, then loaded.</summary>
    private async Task SaveLoadAsync(Collection collection, Partition[] partitions, CancellationToken cancellation)
    {
        MetadataChange whole = new(_store.Keys.CollectionLoad(collection.Id), CoordinatorValues.CollectionLoad(collection, done: false));
        await _store.PlainAsync([whole], cancellation);
        foreach (bool done in new[] { false, true })
        {
            await _store.PlainAsync(
                [.. partitions.Select(one => new MetadataChange(_store.Keys.PartitionLoad(collection.Id, one.Id), CoordinatorValues.PartitionLoad(collection, one, done)))], cancellation);
        }

        await _store.PlainAsync([whole with { Value = CoordinatorValues.CollectionLoad(collection, done: true) }], cancellation);
    }

    private async Task RemoveLoadAsync(Collection collection, IEnumerable<Partition> partitions, CancellationToken cancellation)
    {
        if (collection.Load is null)
        {
            await _store.PlainAsync([new MetadataChange(_store.Keys.CollectionLoad(collection.Id), null)], cancellation);
        }

        await _store.PlainAsync([.. partitions.Select(one => new MetadataChange(_store.Keys.PartitionLoad(collection.Id, one.Id), null))], cancellation);
    }
}
