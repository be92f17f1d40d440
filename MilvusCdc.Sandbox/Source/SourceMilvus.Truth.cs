using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <content>What it holds, for a comparison with a target.</content>
public sealed partial class SourceMilvus
{
    private const ulong Now = ulong.MaxValue - 1;

    /// <summary>Topics that get ticks now, ordered.</summary>
    public IReadOnlyList<string> ChannelsInUse
    {
        get
        {
            lock (_instance.Gate)
            {
                return [.. _instance.Channels.All.Where(channel => channel.Readers.Count > 0).Select(channel => channel.Name).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>How many rows there are now.</summary>
    public long Count => _model.Count;

    /// <summary>All collections that there are now, by <c>database/collection</c>.</summary>
    /// <param name="at">Their rows as they were at a timestamp, for collections and partitions that are there now; null: now.</param>
    public IReadOnlyDictionary<string, CollectionRows> Rows(ulong? at = null)
    {
        lock (_instance.Gate)
        {
            return _instance.Live.Select(collection => Contents.RowsOf(collection, at ?? Now)).ToDictionary(one => one.Name, StringComparer.Ordinal);
        }
    }

    /// <summary>One collection's rows.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public CollectionRows Rows(string database, string collection, ulong? at = null)
    {
        lock (_instance.Gate)
        {
            return Contents.RowsOf(Existing(database, collection), at ?? Now);
        }
    }

    /// <summary>What all collections are made of, by <c>database/collection</c>.</summary>
    public IReadOnlyDictionary<string, CollectionStructure> Structures()
    {
        lock (_instance.Gate)
        {
            return _instance.Live.ToDictionary(collection => $"{collection.Database.Name}/{collection.Name}", Contents.StructureOf, StringComparer.Ordinal);
        }
    }

    /// <summary>A collection's id and schema (with field ids), its partitions' names and ids, and its channels.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public SourceCollection Describe(string database, string collection)
    {
        lock (_instance.Gate)
        {
            Collection found = Existing(database, collection);
            return new SourceCollection(
                found.Id, found.Schema.Clone(), found.Partitions.ToDictionary(one => one.Name, one => one.Id, StringComparer.Ordinal), [.. found.Shards.Select(shard => shard.Physical.Name)]);
        }
    }

    private Collection Existing(string database, string collection) => _instance.Databases.GetValueOrDefault(DatabaseOr(database))?.Find(collection)
        ?? throw new KeyNotFoundException($"the source has no collection '{collection}' in database '{DatabaseOr(database)}'");
}
