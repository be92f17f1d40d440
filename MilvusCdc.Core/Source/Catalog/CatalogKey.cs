using System.Globalization;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>What the record behind a key describes. Of two layouts of one thing the newer has the larger number.</summary>
internal enum CatalogKeyKind
{
    Database,
    OldCollection,
    Collection,
    Partition,
    Field,
    Function,
    CollectionAlias,
    OldAlias,
    Alias,
}

/// <summary>
/// A key of root coord's metadata (<c>milvus-source-formats.md §1.2</c>) without prefix and timestamp.
/// <paramref name="Owner"/> is the database (collection, alias) or the collection (partition, field, function); <paramref name="Id"/> is 0 for aliases, <paramref name="Name"/> is empty for all others.
/// </summary>
internal readonly record struct CatalogKey(CatalogKeyKind Kind, long Owner, long Id, string Name)
{
    internal const long DefaultDatabaseId = 1;

    private const string TimestampMark = "_ts";

    /// <summary>
    /// Reads a whole etcd key. False: a key that describes nothing the catalog holds (users, roles, …).
    /// <paramref name="timestamp"/> is null for the newest state, else the timestamp of the dated copy. Throws <see cref="CatalogException"/> for a malformed key of a known kind.
    /// </summary>
    internal static bool TryRead(string key, CatalogOptions options, out CatalogKey read, out ulong? timestamp)
    {
        read = default;
        timestamp = null;
        if (key.StartsWith(options.StatePrefix, StringComparison.Ordinal))
        {
            return TryReadPath(key, key[options.StatePrefix.Length..], out read);
        }

        if (!key.StartsWith(options.SnapshotPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        string path = key[options.SnapshotPrefix.Length..];
        int mark = path.LastIndexOf(TimestampMark, StringComparison.Ordinal);
        if (!TryReadPath(key, mark < 0 ? path : path[..mark], out read))
        {
            return false;
        }

        if (mark < 0 || !ulong.TryParse(path.AsSpan(mark + TimestampMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ulong at))
        {
            throw CatalogException.ForKey(key, "a dated copy must end in '_ts' and a decimal timestamp");
        }

        timestamp = at;
        return true;
    }

    private static bool TryReadPath(string key, string path, out CatalogKey read)
    {
        string[] parts = path.Split('/');
        CatalogKey? found = parts switch
        {
            ["database", "db-info", var id] => new(CatalogKeyKind.Database, 0, Number(key, id), ""),
            ["database", "collection-info", var database, var id] => new(CatalogKeyKind.Collection, DatabaseId(key, database), Number(key, id), ""),
            ["collection", var id] => new(CatalogKeyKind.OldCollection, DefaultDatabaseId, Number(key, id), ""),
            ["partitions", var collection, var id] => new(CatalogKeyKind.Partition, Number(key, collection), Number(key, id), ""),
            ["fields", var collection, var id] => new(CatalogKeyKind.Field, Number(key, collection), Number(key, id), ""),
            ["functions", var collection, var id] => new(CatalogKeyKind.Function, Number(key, collection), Number(key, id), ""),
            ["database", "aliases", var database, var alias] => new(CatalogKeyKind.Alias, DatabaseId(key, database), 0, alias),
            ["aliases", var alias] => new(CatalogKeyKind.OldAlias, DefaultDatabaseId, 0, alias),
            ["collection-alias", var alias] => new(CatalogKeyKind.CollectionAlias, DefaultDatabaseId, 0, alias),
            _ => null,
        };
        read = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>Data from before databases existed says 0 and means the default database.</summary>
    private static long DatabaseId(string key, string text) => Number(key, text) is var id && id == 0 ? DefaultDatabaseId : id;

    private static long Number(string key, string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw CatalogException.ForKey(key, $"'{text}' should be a decimal id");

    /// <summary>The thing whose history this key is a part of.</summary>
    internal CatalogEntity Entity => Kind switch
    {
        CatalogKeyKind.Database => new(CatalogEntityKind.Database, Id, ""),
        CatalogKeyKind.Collection or CatalogKeyKind.OldCollection => new(CatalogEntityKind.Collection, Id, ""),
        CatalogKeyKind.Partition or CatalogKeyKind.Field or CatalogKeyKind.Function => new(CatalogEntityKind.Collection, Owner, ""),
        _ => new(CatalogEntityKind.Alias, Owner, Name),
    };
}

internal enum CatalogEntityKind
{
    Database,
    Collection,
    Alias,
}

/// <summary>A database or collection by its id, or an alias by database id and name.</summary>
internal readonly record struct CatalogEntity(CatalogEntityKind Kind, long Id, string Name);
