using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target.Model;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Source;

/// <content>Indexes.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Makes an index; an empty name takes the field's.</summary>
    /// <param name="database">Empty: default.</param>
    /// <param name="collection">Name or alias.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="parameters">Such as index_type, metric_type, params (JSON); none for a scalar field.</param>
    /// <param name="name">The index's name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task CreateIndexAsync(
        string database, string collection, string field, IReadOnlyDictionary<string, string>? parameters = null, string name = "", CancellationToken cancellation = default) => CreateIndexAsync(
            new CreateIndexRequest { DbName = database, CollectionName = collection, FieldName = field, IndexName = name, ExtraParams = { Pairs(parameters) } }, cancellation);

    /// <summary>Drops an index; the collection must not be loaded.</summary>
    public Task DropIndexAsync(string database, string collection, string field, string name, CancellationToken cancellation = default) =>
        DropIndexAsync(new DropIndexRequest { DbName = database, CollectionName = collection, FieldName = field, IndexName = name }, cancellation);

    /// <summary>Sets an index's parameters, such as mmap.enabled (from 2.4).</summary>
    public Task AlterIndexAsync(string database, string collection, string name, IReadOnlyDictionary<string, string> parameters, CancellationToken cancellation = default) =>
        AlterIndexAsync(new AlterIndexRequest { DbName = database, CollectionName = collection, IndexName = name, ExtraParams = { Pairs(parameters) } }, cancellation);

    internal Task CreateIndexAsync(CreateIndexRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.CreateIndex, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            CollectionIndex made = collection.Indexes.First(one => one.Name == (request.IndexName.Length > 0 ? request.IndexName : request.FieldName));
            _indexTimes.TryAdd(made.Id, task);
            await SaveIndexAsync(collection, made, deleted: false, cancellation);
            Publish(request, task);
        },
        cancellation);

    internal Task DropIndexAsync(DropIndexRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            CollectionIndex[] before = [.. Find(request.DbName, request.CollectionName)?.Indexes ?? []];
            await AskAsync(MilvusMethods.DropIndex, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            foreach (CollectionIndex gone in before.Except(collection.Indexes))
            {
                await SaveIndexAsync(collection, gone, deleted: true, cancellation);
            }

            Publish(request, task);
        },
        cancellation);

    internal Task AlterIndexAsync(AlterIndexRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.AlterIndex, request, cancellation);
            Collection collection = Find(request.DbName, request.CollectionName)!;
            await SaveIndexAsync(collection, collection.Indexes.First(one => one.Name == request.IndexName), deleted: false, cancellation);
            Publish(request, task);
        },
        cancellation);

    private static IEnumerable<KeyValuePair> Pairs(IReadOnlyDictionary<string, string>? parameters) =>
        (parameters ?? new Dictionary<string, string>()).Select(one => new KeyValuePair { Key = one.Key, Value = one.Value });

    private Task SaveIndexAsync(Collection collection, CollectionIndex index, bool deleted, CancellationToken cancellation) => _store.PlainAsync(
        [new MetadataChange(_store.Keys.Index(collection.Id, index.Id), CoordinatorValues.Index(collection, index, _indexTimes[index.Id], deleted))], cancellation);
}
