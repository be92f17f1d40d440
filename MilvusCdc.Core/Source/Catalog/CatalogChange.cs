namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Something that happened to the source's metadata at <see cref="Timestamp"/>. The hierarchy is closed. A database whose record is gone from etcd is called <c>#id</c>.</summary>
public abstract record CatalogChange
{
    private protected CatalogChange(ulong timestamp) => Timestamp = timestamp;

    /// <summary>Milvus timestamp.</summary>
    public ulong Timestamp { get; }

    /// <summary>Order of changes with the same timestamp: what is made from the outside in, what is dropped from the inside out.</summary>
    internal abstract int Rank { get; }

    /// <summary>With timestamp and rank: what tells this change from every other.</summary>
    internal abstract (long Id, long Part, string Name) Subject { get; }
}

/// <summary>A database was created. Never reported for the default database, which always exists.</summary>
public sealed record DatabaseCreated(ulong Timestamp, long DatabaseId, string Name, IReadOnlyDictionary<string, string> Properties) : CatalogChange(Timestamp)
{
    internal override int Rank => 0;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, "");
}

/// <summary>A database's properties were altered (2.4 and later).</summary>
public sealed record DatabaseAltered(ulong Timestamp, long DatabaseId, string Name, IReadOnlyDictionary<string, string> Old, IReadOnlyDictionary<string, string> New)
    : CatalogChange(Timestamp)
{
    internal override int Rank => 1;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, "");
}

/// <summary>A database was dropped.</summary>
public sealed record DatabaseDropped(ulong Timestamp, long DatabaseId, string Name) : CatalogChange(Timestamp)
{
    internal override int Rank => 11;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, "");
}

/// <summary>A collection was created, complete with its fields and first partitions. Reported when it is usable, dated when it was asked for.</summary>
public sealed record CollectionCreated(ulong Timestamp, long CollectionId, string Database, string Name) : CatalogChange(Timestamp)
{
    internal override int Rank => 2;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, 0, "");
}

/// <summary>A collection got another name, or moved to another database.</summary>
public sealed record CollectionRenamed(ulong Timestamp, long CollectionId, string OldDatabase, string OldName, string NewDatabase, string NewName) : CatalogChange(Timestamp)
{
    internal override int Rank => 3;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, 0, "");
}

/// <summary>A collection's properties were altered; both sides are complete.</summary>
public sealed record CollectionPropertiesChanged(ulong Timestamp, long CollectionId, IReadOnlyDictionary<string, string> Old, IReadOnlyDictionary<string, string> New)
    : CatalogChange(Timestamp)
{
    internal override int Rank => 4;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, 0, "");
}

/// <summary>
/// A collection's record was written again with the same name, database and properties. Milvus 2.3.5 alters properties this way: it keeps the new ones in memory and stores none.
/// </summary>
public sealed record CollectionTouched(ulong Timestamp, long CollectionId) : CatalogChange(Timestamp)
{
    internal override int Rank => 4;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, 0, "");
}

/// <summary>A collection was dropped; with it its partitions (not reported) and its aliases (reported, just before).</summary>
public sealed record CollectionDropped(ulong Timestamp, long CollectionId, string Database, string Name) : CatalogChange(Timestamp)
{
    internal override int Rank => 10;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, 0, "");
}

/// <summary>A partition was created after its collection was.</summary>
public sealed record PartitionCreated(ulong Timestamp, long CollectionId, long PartitionId, string Name) : CatalogChange(Timestamp)
{
    internal override int Rank => 5;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, PartitionId, "");
}

/// <summary>A partition was dropped while its collection went on.</summary>
public sealed record PartitionDropped(ulong Timestamp, long CollectionId, long PartitionId, string Name) : CatalogChange(Timestamp)
{
    internal override int Rank => 9;

    internal override (long Id, long Part, string Name) Subject => (CollectionId, PartitionId, "");
}

/// <summary>An alias was created.</summary>
public sealed record AliasCreated(ulong Timestamp, long DatabaseId, string Database, string Alias, long CollectionId) : CatalogChange(Timestamp)
{
    internal override int Rank => 6;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, Alias);
}

/// <summary>An alias was pointed at another collection.</summary>
public sealed record AliasAltered(ulong Timestamp, long DatabaseId, string Database, string Alias, long OldCollectionId, long NewCollectionId) : CatalogChange(Timestamp)
{
    internal override int Rank => 7;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, Alias);
}

/// <summary>An alias was dropped, by itself or with its collection.</summary>
public sealed record AliasDropped(ulong Timestamp, long DatabaseId, string Database, string Alias, long CollectionId) : CatalogChange(Timestamp)
{
    internal override int Rank => 8;

    internal override (long Id, long Part, string Name) Subject => (DatabaseId, 0, Alias);
}
