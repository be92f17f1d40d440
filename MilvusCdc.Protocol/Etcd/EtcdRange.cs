namespace MilvusCdc.Protocol.Etcd;

/// <summary>The keys under a prefix, ordered by key, all as they were at one revision.</summary>
/// <param name="Revision">The store's revision that was read; a watch from <c>Revision + 1</c> continues it without a gap.</param>
/// <param name="Items">The keys.</param>
public sealed record EtcdRange(long Revision, IReadOnlyList<EtcdKeyValue> Items);

/// <summary>How a range is read.</summary>
public sealed class EtcdRangeOptions
{
    /// <summary>Leaves the values out.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>Only keys that were changed at this revision or later; 0: all.</summary>
    public long MinModRevision { get; init; }

    /// <summary>At most so many keys; 0: all.</summary>
    public long Limit { get; init; }

    /// <summary>Only keys that come after this one; null: from the first key of the prefix on.</summary>
    public string? After { get; init; }

    /// <summary>Reads the store as it was at this revision; 0: as it is now.</summary>
    public long Revision { get; init; }

    /// <summary>Whether one member may answer alone, which is faster and possibly old.</summary>
    public bool Serializable { get; init; }

    /// <summary>Keys a page; a page that is too large for a message is asked for again in smaller ones. Default 1000.</summary>
    public int PageSize { get; init; } = 1000;
}
