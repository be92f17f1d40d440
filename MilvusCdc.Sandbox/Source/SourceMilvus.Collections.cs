using Google.Protobuf;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using CollectionInfo = MilvusCdc.Protocol.Milvus.Meta.CollectionInfo;
using CollectionState = MilvusCdc.Protocol.Milvus.Meta.CollectionState;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;
using Messages = MilvusCdc.Protocol.Milvus.Msg;
using PartitionState = MilvusCdc.Protocol.Milvus.Meta.PartitionState;

namespace MilvusCdc.Sandbox.Source;

/// <content>Collections: made, dropped, renamed, altered.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Makes a collection and returns its id. Field ids are given by the source, from 100 in order. One that is there with the same schema is no error.</summary>
    public Task<long> CreateCollectionAsync(string database, CollectionSchema schema, CollectionSettings? settings = null, CancellationToken cancellation = default)
    {
        settings ??= new CollectionSettings();
        CreateCollectionRequest request = new()
        {
            DbName = database,
            CollectionName = schema.Name,
            Schema = schema.ToByteString(),
            ShardsNum = settings.Shards,
            ConsistencyLevel = settings.Level,
            NumPartitions = settings.Partitions,
        };
        request.Properties.Add((settings.Properties ?? new Dictionary<string, string>()).Select(one => new KeyValuePair { Key = one.Key, Value = one.Value }));
        return CreateCollectionAsync(request, cancellation);
    }

    /// <summary>Drops a collection; its Drop message follows at once, its tombstones after <see cref="SourceOptions.TombstoneDelay"/>. One that is not there is no error.</summary>
    public Task DropCollectionAsync(string database, string collection, CancellationToken cancellation = default) =>
        DropCollectionAsync(new DropCollectionRequest { DbName = database, CollectionName = collection }, cancellation);

    /// <summary>Renames a collection; a database moves it there.</summary>
    public Task RenameCollectionAsync(string database, string from, string to, string toDatabase = "", CancellationToken cancellation = default) =>
        RenameCollectionAsync(new RenameCollectionRequest { DbName = database, OldName = from, NewName = to, NewDBName = toDatabase }, cancellation);

    /// <summary>Sets properties, such as collection.ttl.seconds.</summary>
    public Task AlterCollectionAsync(string database, string collection, IReadOnlyDictionary<string, string> properties, CancellationToken cancellation = default)
    {
        AlterCollectionRequest request = new() { DbName = database, CollectionName = collection };
        request.Properties.Add(properties.Select(one => new KeyValuePair { Key = one.Key, Value = one.Value }));
        return AlterCollectionAsync(request, cancellation);
    }

    internal Task<long> CreateCollectionAsync(CreateCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            if (request.NumPartitions == 0 && HasPartitionKey(request))
            {
                request.NumPartitions = Options.Version.PartitionKeyPartitions;
            }

            Collection? before = Find(request.DbName, request.CollectionName);
            await AskAsync(MilvusMethods.CreateCollection, request, cancellation);
            Collection made = Find(request.DbName, request.CollectionName)!;
            if (before is null)
            {
                await PublishCreationAsync(made, cancellation);
            }

            return made.Id;
        },
        cancellation);

    internal Task DropCollectionAsync(DropCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            Collection? gone = Find(request.DbName, request.CollectionName);
            string[] aliases = gone is null ? [] : AliasesOf(gone);
            if (aliases.Length > 0 && Options.Version.KeepsAliased)
            {
                throw Refusal.Unexpected($"unable to drop the collection [{gone!.Name}] because it has associated aliases {string.Join(", ", aliases)}, please remove all aliases before dropping the collection");
            }

            long[] loaded = LoadedOf(gone);
            await AskAsync(MilvusMethods.DropCollection, request, cancellation);
            if (gone is not null)
            {
                await PublishDropAsync(gone, aliases, loaded, cancellation);
            }
        },
        cancellation);

    internal Task RenameCollectionAsync(RenameCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            long from = Find(request.DbName, request.OldName)?.Database.Id ?? 0;
            await AskAsync(MilvusMethods.RenameCollection, request, cancellation);
            Collection renamed = Find(request.NewDBName.Length > 0 ? request.NewDBName : request.DbName, request.NewName)!;
            ulong timestamp = AllocateTimestamp();
            List<(string Key, IMessage? Value)> changes = [(_store.Keys.Collection(renamed.Database.Id, renamed.Id), Info(renamed, CollectionState.CollectionCreated, timestamp))];
            if (renamed.Database.Id != from)
            {
                changes.Add((_store.Keys.Collection(from, renamed.Id), null));
            }

            await _store.SaveAsync(changes, timestamp, cancellation);
            PublishMetadata(request, task);
        },
        cancellation);

    internal Task AlterCollectionAsync(AlterCollectionRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.AlterCollection, request, cancellation);
            await SaveInfoAsync(Find(request.DbName, request.CollectionName)!, CollectionState.CollectionCreated, AllocateTimestamp(), cancellation);
            PublishMetadata(request, task);
        },
        cancellation);

    private static bool HasPartitionKey(CreateCollectionRequest request)
    {
        try
        {
            return CollectionSchema.Parser.ParseFrom(request.Schema).Fields.Any(field => field.IsPartitionKey);
        }
        catch (InvalidProtocolBufferException)
        {
            // Refused when the collection is to be made.
            return false;
        }
    }

    /// <summary>The message on each channel first; then the collection as Creating, what belongs to it, and the collection as Created: all at one timestamp.</summary>
    private async Task PublishCreationAsync(Collection made, CancellationToken cancellation)
    {
        ulong timestamp = made.CreatedAt;
        Messages.CreateCollectionRequest message = new()
        {
            Base = new MsgBase { MsgType = MsgType.CreateCollection, Timestamp = timestamp },
            CollectionID = made.Id,
            Schema = MetadataValues.FullSchema(made).ToByteString(),
            VirtualChannelNames = { made.Shards.Select(shard => shard.Name) },
            PhysicalChannelNames = { made.Shards.Select(shard => shard.Physical.Name) },
            PartitionIDs = { made.Partitions.Select(partition => partition.Id) },
        };
        KeyDataPair[] starts = [.. made.Shards.Select(shard => new KeyDataPair { Key = shard.Physical.Name, Data = ByteString.CopyFrom(_log.Broadcast(shard.Physical.Name, message)) })];
        _births[made.Id] = new Birth(starts, [.. made.Properties]);
        await SaveInfoAsync(made, CollectionState.CollectionCreating, timestamp, cancellation);
        IEnumerable<(string, IMessage?)> parts = made.Partitions
            .Select(partition => (_store.Keys.Partition(made.Id, partition.Id), (IMessage?)MetadataValues.Partition(made, partition, PartitionState.PartitionCreated)))
            .Concat(MetadataValues.Fields(made).Select(field => (_store.Keys.Field(made.Id, field.FieldID), (IMessage?)field)));
        await _store.SaveAsync(parts, timestamp, cancellation);
        await SaveInfoAsync(made, CollectionState.CollectionCreated, timestamp, cancellation);
    }

    /// <summary>Dropping in etcd, then the messages at a later timestamp; tombstones much later.</summary>
    private async Task PublishDropAsync(Collection gone, string[] aliases, long[] loaded, CancellationToken cancellation)
    {
        ulong timestamp = AllocateTimestamp();
        await SaveInfoAsync(gone, CollectionState.CollectionDropping, timestamp, cancellation);
        await RemoveLoadAsync(gone, loaded, cancellation);
        foreach (CollectionIndex index in gone.Indexes)
        {
            await SaveIndexAsync(gone, index, deleted: true, cancellation);
        }

        ulong dropped = AllocateTimestamp();
        Messages.DropCollectionRequest message = new()
        {
            Base = new MsgBase { MsgType = MsgType.DropCollection, Timestamp = dropped, SourceID = NodeId },
            CollectionName = gone.Name,
            CollectionID = gone.Id,
        };
        foreach (VirtualChannel shard in gone.Shards)
        {
            _log.Broadcast(shard.Physical.Name, message);
            lock (_instance.Gate)
            {
                shard.DropAt = dropped;
            }
        }

        BuryLater(
            [
                .. gone.Partitions.Select(partition => _store.Keys.Partition(gone.Id, partition.Id)),
                .. MetadataValues.Fields(gone).Select(field => _store.Keys.Field(gone.Id, field.FieldID)),
                _store.Keys.Collection(gone.Database.Id, gone.Id),
            ],
            timestamp,
            gone.Database,
            aliases);
    }

    private Task SaveInfoAsync(Collection collection, CollectionState state, ulong timestamp, CancellationToken cancellation) =>
        _store.SaveAsync(_store.Keys.Collection(collection.Database.Id, collection.Id), Info(collection, state, timestamp), timestamp, cancellation);

    private CollectionInfo Info(Collection collection, CollectionState state, ulong timestamp)
    {
        Birth birth = _births[collection.Id];
        CollectionInfo info = MetadataValues.Collection(collection, birth.Starts, state, Options.Version.DatesCollections ? timestamp : 0);
        if (!Options.Version.StoresAlteredProperties)
        {
            info.Properties.Clear();
            info.Properties.Add(birth.Properties);
        }

        return info;
    }

    private string[] AliasesOf(Collection collection)
    {
        lock (_instance.Gate)
        {
            return [.. collection.Database.Aliases.Where(one => one.Value == collection).Select(one => one.Key).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>What is kept of a collection's creation: where its log begins on each channel, and the properties that it was made with.</summary>
    private sealed record Birth(KeyDataPair[] Starts, KeyValuePair[] Properties);
}
