using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Workloads;

/// <summary>
/// Does one thing after the other to a source, chosen by chance but the same for a seed: rows, partitions, collections that are dropped and made again under the same name, databases, indexes,
/// loads, aliases, renames. What the source refuses (a drop of what is loaded, say) changes nothing and is no error.
/// </summary>
internal sealed class RandomOperations(SourceMilvus source, int seed)
{
    private const int MaxCollections = 9;

    private static readonly string[] Databases = ["default", "shop", "lab", "zoo"];
    private static readonly string[] Names = ["books", "films", "songs", "maps"];
    private static readonly string[] PartitionNames = ["p1", "p2", "p3"];
    private static readonly string[] Aliases = ["newest", "best"];
    private static readonly Dictionary<string, string> VectorIndex = new() { ["index_type"] = "HNSW", ["metric_type"] = "L2", ["params"] = """{"M":8,"efConstruction":64}""" };

#pragma warning disable CA5394 // The same for a seed, on purpose.
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _databases = ["default"];
    private readonly List<RandomCollection> _collections = [];
    private readonly Dictionary<(string Database, string Alias), RandomCollection> _aliases = [];
    private long _nextKey = 1;
    private int _step;

    /// <summary>Operations done so far, by name.</summary>
    public SortedDictionary<string, int> Done { get; } = new(StringComparer.Ordinal);

    /// <summary>Does the next thing.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        // The first steps make sure that there is something of everything; the first collection stays, so that the source always ticks.
        (string name, Func<CancellationToken, Task> act) = _step++ switch
        {
            0 => ("create collection", Create("default", "kept", RandomShape.Plain)),
            1 => ("create index", IndexAsync),
            2 => ("load", LoadAsync),
            3 => ("create database", CreateDatabaseAsync),
            _ => Choose(),
        };
        try
        {
            await act(cancellation);
            Done[name] = Done.GetValueOrDefault(name) + 1;
        }
        catch (RefusalException)
        {
            // As a client that asks for what cannot be: nothing has changed.
        }
    }

    private (string Name, Func<CancellationToken, Task> Act) Choose() => _random.Next(100) switch
    {
        < 36 => ("insert", InsertAsync),
        < 46 => ("upsert", UpsertAsync),
        < 58 => ("delete", DeleteAsync),
        < 65 => ("create collection", Create(Any(_databases), Any(Names), (RandomShape)_random.Next(3))),
        < 69 => ("create partition", CreatePartitionAsync),
        < 72 => ("drop partition", DropPartitionAsync),
        < 75 => ("drop collection", token => DropAsync(again: false, token)),
        < 79 => ("drop and create again", token => DropAsync(again: true, token)),
        < 81 => ("create database", CreateDatabaseAsync),
        < 82 => ("drop database", DropDatabaseAsync),
        < 85 => ("create index", IndexAsync),
        < 88 => ("load", LoadAsync),
        < 90 => ("release", ReleaseAsync),
        < 91 => ("drop index", DropIndexAsync),
        < 93 => ("flush", FlushAsync),
        < 96 => ("alias", AliasAsync),
        < 98 => ("drop alias", DropAliasAsync),
        _ => ("rename", RenameAsync),
    };

    private async Task InsertAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        long[] keys = [.. Enumerable.Range(0, _random.Next(1, 12)).Select(_ => _nextKey++)];
        string partition = PartitionOf(collection);
        await source.InsertAsync(collection.Database, collection.Name, collection.Columns(keys, _random), partition, cancellation);
        foreach (long key in keys)
        {
            collection.Keys[key] = partition;
        }
    }

    private async Task UpsertAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        string partition = PartitionOf(collection);
        long[] keys = [.. collection.Keys.Where(key => key.Value == partition).Select(key => key.Key).Order().Take(200).OrderBy(_ => _random.Next()).Take(_random.Next(1, 6)), _nextKey++];
        if (collection.Shape == RandomShape.Keyed)
        {
            // A new value of the partition key puts the row into another partition, where the old one is not deleted (Milvus deletes in the new one only).
            keys = [keys[^1]];
        }

        await source.UpsertAsync(collection.Database, collection.Name, collection.Columns(keys, _random), partition, cancellation);
        foreach (long key in keys)
        {
            collection.Keys[key] = partition;
        }
    }

    private async Task DeleteAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        long[] keys = [.. collection.Keys.Keys.Order().OrderBy(_ => _random.Next()).Take(_random.Next(1, 8))];
        if (keys.Length == 0)
        {
            return;
        }

        await (collection.Shape == RandomShape.Dynamic
            ? source.DeleteAsync(collection.Database, collection.Name, keys.Select(RandomCollection.KeyText), "", cancellation)
            : source.DeleteAsync(collection.Database, collection.Name, keys, "", cancellation));
        foreach (long key in keys)
        {
            collection.Keys.Remove(key);
        }
    }

    private Func<CancellationToken, Task> Create(string database, string name, RandomShape shape) => async cancellation =>
    {
        if (_collections.Count >= MaxCollections || _collections.Exists(one => one.Database == database && one.Name == name))
        {
            return;
        }

        RandomCollection collection = new(database, name, shape);
        await source.CreateCollectionAsync(database, collection.Schema(), new CollectionSettings(Shards: _random.Next(1, 4), Partitions: shape == RandomShape.Keyed ? 3 : 0), cancellation);
        _collections.Add(collection);
    };

    private async Task DropAsync(bool again, CancellationToken cancellation)
    {
        RandomCollection? collection = AnyBut(_collections);
        if (collection is null)
        {
            return;
        }

        await source.DropCollectionAsync(collection.Database, collection.Name, cancellation);
        _collections.Remove(collection);
        if (again)
        {
            await Create(collection.Database, collection.Name, (RandomShape)_random.Next(3))(cancellation);
        }
    }

    private async Task CreatePartitionAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        string partition = Any(PartitionNames);
        if (collection.Shape == RandomShape.Keyed || collection.Partitions.Contains(partition))
        {
            return;
        }

        await source.CreatePartitionAsync(collection.Database, collection.Name, partition, cancellation);
        collection.Partitions.Add(partition);
    }

    private async Task DropPartitionAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        if (collection.Partitions.Count == 0)
        {
            return;
        }

        string partition = Any(collection.Partitions);
        await source.DropPartitionAsync(collection.Database, collection.Name, partition, cancellation);
        collection.Partitions.Remove(partition);
        foreach (long key in collection.Keys.Where(key => key.Value == partition).Select(key => key.Key).ToList())
        {
            collection.Keys.Remove(key);
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellation)
    {
        string database = Any(Databases);
        if (!_databases.Contains(database))
        {
            await source.CreateDatabaseAsync(database, cancellation);
            _databases.Add(database);
        }
    }

    private async Task DropDatabaseAsync(CancellationToken cancellation)
    {
        string database = Any(_databases);
        if (database != "default" && !_collections.Exists(one => one.Database == database))
        {
            await source.DropDatabaseAsync(database, cancellation);
            _databases.Remove(database);
        }
    }

    private async Task IndexAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        await source.CreateIndexAsync(collection.Database, collection.Name, "vector", VectorIndex, "by_vector", cancellation);
        collection.Indexed = true;
    }

    private async Task DropIndexAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        if (collection is { Indexed: true, Loaded: false })
        {
            await source.DropIndexAsync(collection.Database, collection.Name, "vector", "by_vector", cancellation);
            collection.Indexed = false;
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        if (collection.Indexed)
        {
            await source.LoadCollectionAsync(collection.Database, collection.Name, 1, cancellation);
            collection.Loaded = true;
        }
    }

    private async Task ReleaseAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        if (collection.Loaded)
        {
            await source.ReleaseCollectionAsync(collection.Database, collection.Name, cancellation);
            collection.Loaded = false;
        }
    }

    private Task FlushAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        return source.FlushAsync(collection.Database, [collection.Name], cancellation);
    }

    private async Task AliasAsync(CancellationToken cancellation)
    {
        RandomCollection collection = Any(_collections);
        string alias = Any(Aliases);
        await (_aliases.ContainsKey((collection.Database, alias))
            ? source.AlterAliasAsync(collection.Database, collection.Name, alias, cancellation)
            : source.CreateAliasAsync(collection.Database, collection.Name, alias, cancellation));
        _aliases[(collection.Database, alias)] = collection;
    }

    private async Task DropAliasAsync(CancellationToken cancellation)
    {
        if (_aliases.Count > 0)
        {
            (string database, string alias) = Any(_aliases.Keys.OrderBy(one => one.Database, StringComparer.Ordinal).ThenBy(one => one.Alias, StringComparer.Ordinal).ToList());
            _aliases.Remove((database, alias));
            await source.DropAliasAsync(database, alias, cancellation);
        }
    }

    private async Task RenameAsync(CancellationToken cancellation)
    {
        RandomCollection? collection = AnyBut(_collections);
        string name = Any(Names);
        if (collection is not null && !_collections.Exists(one => one.Database == collection.Database && one.Name == name))
        {
            await source.RenameCollectionAsync(collection.Database, collection.Name, name, "", cancellation);
            collection.Name = name;
        }
    }

    private string PartitionOf(RandomCollection collection) =>
        collection.Partitions.Count > 0 && _random.Next(2) == 0 ? Any(collection.Partitions) : "";

    private T Any<T>(IReadOnlyCollection<T> all) => all.ElementAt(_random.Next(all.Count));

    /// <summary>Any but the first, which stays.</summary>
    private T? AnyBut<T>(List<T> all)
        where T : class => all.Count < 2 ? null : all[_random.Next(1, all.Count)];
#pragma warning restore CA5394
}
