using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Target;

/// <content>What it holds, for a comparison with a source.</content>
public sealed partial class StandInMilvus
{
    /// <summary>The newest tick that every shard of every collection has reached; 0 while one has none. Largest number: there is no collection.</summary>
    public ulong CommonTick
    {
        get
        {
            lock (_instance.Gate)
            {
                return _instance.Live.SelectMany(collection => collection.Shards).Select(shard => shard.Tick).DefaultIfEmpty(ulong.MaxValue).Min();
            }
        }
    }

    /// <summary>How many rows there are now.</summary>
    public long Count
    {
        get
        {
            lock (_instance.Gate)
            {
                return _instance.Live.Sum(collection => collection.Rows.LongCount(row => row.DeletedAt == ulong.MaxValue));
            }
        }
    }

    /// <summary>All rows of all collections, by <c>database/collection</c>, as a strong read at a timestamp shows them; doubled rows are there twice.</summary>
    public IReadOnlyDictionary<string, CollectionRows> Rows(ulong at)
    {
        lock (_instance.Gate)
        {
            return _instance.Live.ToDictionary(Contents.NameOf, collection => Contents.RowsOf(collection, at), StringComparer.Ordinal);
        }
    }

    /// <summary>What all collections are made of, by <c>database/collection</c>.</summary>
    public IReadOnlyDictionary<string, CollectionStructure> Structures()
    {
        lock (_instance.Gate)
        {
            return _instance.Live.ToDictionary(Contents.NameOf, Contents.StructureOf, StringComparer.Ordinal);
        }
    }
}
