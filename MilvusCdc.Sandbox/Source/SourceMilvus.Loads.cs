using Google.Protobuf;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
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

    internal Task LoadCollectionAsync(LoadCollectionRequest request, CancellationToken cancellation) =>
        ChangeLoadAsync(MilvusMethods.LoadCollection, request, request.DbName, request.CollectionName, publish: true, SaveLoadAsync, cancellation);

    internal Task ReleaseCollectionAsync(ReleaseCollectionRequest request, CancellationToken cancellation) =>
        ChangeLoadAsync(MilvusMethods.ReleaseCollection, request, request.DbName, request.CollectionName, publish: true, RemoveLoadAsync, cancellation);

    internal Task LoadPartitionsAsync(LoadPartitionsRequest request, CancellationToken cancellation) =>
        ChangeLoadAsync(MilvusMethods.LoadPartitions, request, request.DbName, request.CollectionName, Options.Version.PublishesPartitionLoads, SaveLoadAsync, cancellation);

    internal Task ReleasePartitionsAsync(ReleasePartitionsRequest request, CancellationToken cancellation) =>
        ChangeLoadAsync(MilvusMethods.ReleasePartitions, request, request.DbName, request.CollectionName, Options.Version.PublishesPartitionLoads, RemoveLoadAsync, cancellation);

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

    /// <summary>Does what is asked, writes what is in memory then, and publishes the request where the version does.</summary>
    private Task ChangeLoadAsync<TRequest>(
        MilvusMethod<TRequest, Status> method, TRequest request, string database, string collection, bool publish, Func<Collection, long[], CancellationToken, Task> save, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest> => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            long[] before = LoadedOf(Find(database, collection));
            await AskAsync(method, request, cancellation);
            await save(Find(database, collection)!, before, cancellation);
            if (publish)
            {
                Publish(request, task);
            }
        },
        cancellation);

    /// <summary>Ids of the partitions that are in memory.</summary>
    private static long[] LoadedOf(Collection? collection) => [.. collection?.Load?.Partitions ?? []];

    /// <summary>Loading, then loaded, as the query coordinator writes them; nothing for what was loaded before.</summary>
    private async Task SaveLoadAsync(Collection collection, long[] before, CancellationToken cancellation)
    {
        Partition[] added = [.. collection.Partitions.Where(one => collection.IsLoaded(one) && !before.Contains(one.Id))];
        if (added.Length == 0)
        {
            return;
        }

        string whole = _store.Keys.CollectionLoad(collection.Id);
        if (before.Length == 0)
        {
            long replica = _replicas[collection.Id] = _instance.NextId();
            await _store.PlainAsync([new MetadataChange(_store.Keys.Replica(collection.Id, replica), CoordinatorValues.Replica(collection, replica))], cancellation);
            await _store.PlainAsync([new MetadataChange(whole, CoordinatorValues.CollectionLoad(collection, done: false))], cancellation);
        }

        foreach ((bool done, Partition one) in added.Select(one => (false, one)).Concat(added.Select(one => (true, one))))
        {
            await _store.PlainAsync([new MetadataChange(_store.Keys.PartitionLoad(collection.Id, one.Id), CoordinatorValues.PartitionLoad(collection, one, done))], cancellation);
        }

        await _store.PlainAsync([new MetadataChange(whole, CoordinatorValues.CollectionLoad(collection, done: true))], cancellation);
    }

    private async Task RemoveLoadAsync(Collection collection, long[] before, CancellationToken cancellation)
    {
        long[] gone = [.. before.Except(LoadedOf(collection))];
        bool whole = before.Length > 0 && collection.Load is null;
        if (whole)
        {
            await _store.PlainAsync([new MetadataChange(_store.Keys.CollectionLoad(collection.Id), null)], cancellation);
        }

        await _store.PlainAsync([.. gone.Select(one => new MetadataChange(_store.Keys.PartitionLoad(collection.Id, one), null))], cancellation);
        if (whole && _replicas.Remove(collection.Id, out long replica))
        {
            await _store.PlainAsync([new MetadataChange(_store.Keys.Replica(collection.Id, replica), null)], cancellation);
        }
    }
}
