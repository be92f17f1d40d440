using MilvusCdc.Protocol.Milvus.Meta;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Which collection an alias meant, from timestamp to timestamp. An alias ends with its collection, although its tombstone comes much later.</summary>
internal sealed class AliasTimeline
{
    private readonly List<(ulong Timestamp, long? CollectionId)> _points = [];

    /// <summary>The collections that any version names, existing or not.</summary>
    internal required IReadOnlySet<long> Mentions { get; init; }

    internal static AliasTimeline Read(IReadOnlyList<KeyValuePair<CatalogKey, KeyVersions>> keys, Func<long, SourceCollection?> collectionOf)
    {
        List<(ulong Timestamp, long? Target)> written = [.. KeyVersions.Merge(keys).Select(version => (version.Timestamp, version.Value switch
        {
            AliasInfo { State: AliasState.AliasCreated } alias => alias.CollectionId,
            CollectionInfo old => old.ID,
            _ => (long?)null,
        }))];
        var line = new AliasTimeline { Mentions = written.Select(version => version.Target).OfType<long>().ToHashSet() };
        for (int i = 0; i < written.Count; i++)
        {
            (ulong from, long? target) = written[i];
            SourceCollection? collection = target is { } id ? collectionOf(id) : null;
            if (collection is null || collection.DroppedAt <= from)
            {
                line.Add(from, null);
                continue;
            }

            line.Add(from, target);
            if (collection.DroppedAt is { } dropped && (i + 1 == written.Count || dropped < written[i + 1].Timestamp))
            {
                line.Add(dropped, null);
            }
        }

        return line;
    }

    internal long? At(ulong timestamp)
    {
        for (int i = _points.Count - 1; i >= 0; i--)
        {
            if (_points[i].Timestamp <= timestamp)
            {
                return _points[i].CollectionId;
            }
        }

        return null;
    }

    internal List<CatalogChange> Changes(CatalogEntity alias, string database)
    {
        List<CatalogChange> changes = [];
        long? before = null;
        foreach ((ulong at, long? now) in _points)
        {
            CatalogChange? change = (before, now) switch
            {
                (null, { } made) => new AliasCreated(at, alias.Id, database, alias.Name, made),
                ({ } gone, null) => new AliasDropped(at, alias.Id, database, alias.Name, gone),
                ({ } old, { } other) when old != other => new AliasAltered(at, alias.Id, database, alias.Name, old, other),
                _ => null,
            };
            if (change is not null)
            {
                changes.Add(change);
            }

            before = now;
        }

        return changes;
    }

    private void Add(ulong timestamp, long? collectionId)
    {
        if ((_points.Count == 0 ? null : _points[^1].CollectionId) != collectionId)
        {
            _points.Add((timestamp, collectionId));
        }
    }
}
