using System.Collections.Immutable;
using Google.Protobuf;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Makes the next <see cref="CatalogHistory"/> out of changed keys: first the keys' versions, then the things they describe, then what happened to those.</summary>
internal sealed class CatalogEdit
{
    private static readonly Comparer<CatalogKey> KeyOrder = Comparer<CatalogKey>.Create(static (x, y) =>
        (x.Kind, x.Owner, x.Id).CompareTo((y.Kind, y.Owner, y.Id)) is var order && order != 0 ? order : string.CompareOrdinal(x.Name, y.Name));

    private readonly ImmutableDictionary<CatalogEntity, ImmutableSortedDictionary<CatalogKey, KeyVersions>>.Builder _keys;
    private readonly ImmutableDictionary<long, SourceDatabase>.Builder _databases;
    private readonly ImmutableDictionary<long, SourceCollection>.Builder _collections;
    private readonly ImmutableDictionary<CatalogEntity, AliasTimeline>.Builder _aliases;
    private readonly ImmutableDictionary<CatalogEntity, IReadOnlyList<CatalogChange>>.Builder _told;
    private readonly ImmutableSortedSet<string>.Builder _channels;
    private readonly ChangeLog.Edit _log;
    private readonly CatalogHistory.State _before;
    private readonly long _revision;

    private CatalogEdit(CatalogHistory.State before, long revision)
    {
        _before = before;
        _revision = revision;
        _keys = before.Keys.ToBuilder();
        _databases = before.Databases.ToBuilder();
        _collections = before.Collections.ToBuilder();
        _aliases = before.Aliases.ToBuilder();
        _told = before.Told.ToBuilder();
        _channels = before.Channels.ToBuilder();
        _log = before.Log.ToEdit();
    }

    internal static CatalogHistory Apply(CatalogHistory.State before, IReadOnlyList<CatalogKeyChange> changes, long revision) =>
        new CatalogEdit(before, revision).Take(Read(before.Options, changes, revision));

    internal static CatalogHistory Merge(CatalogHistory.State before, IReadOnlyList<CatalogKeyChange> listing, long revision)
    {
        List<Written> written = Read(before.Options, listing, revision);
        HashSet<CatalogKey> listed = [.. written.Where(one => one.Timestamp is null).Select(one => one.Key)];
        IEnumerable<Written> gone = before.Keys.Values.SelectMany(keys => keys.Keys).Where(key => !listed.Contains(key)).Select(key => new Written(key, null, null, revision, IsGone: true));
        return new CatalogEdit(before, revision).Take([.. written, .. gone]);
    }

    private static List<Written> Read(CatalogOptions options, IReadOnlyList<CatalogKeyChange> changes, long revision)
    {
        List<Written> written = new(changes.Count);
        foreach (CatalogKeyChange change in changes)
        {
            if (CatalogKey.TryRead(change.Key, options, out CatalogKey key, out ulong? timestamp))
            {
                IMessage? value = change.Value is { } bytes ? CatalogValue.Read(change.Key, key, bytes.Span) : null;
                written.Add(new(key, timestamp, value, change.Revision == 0 ? revision : change.Revision, IsGone: change.Value is null));
            }
        }

        return written;
    }

    private CatalogHistory Take(List<Written> written)
    {
        // Databases first: collections tell their database's name; collections before the aliases that end with them.
        List<CatalogEntity> touched = [];
        foreach (IGrouping<CatalogEntity, Written> group in written.GroupBy(one => one.Key.Entity).OrderBy(group => group.Key.Kind))
        {
            if (TakeVersions(group))
            {
                touched.Add(group.Key);
            }
        }

        HashSet<long> lived = [];
        foreach (CatalogEntity entity in touched.Where(entity => entity.Kind == CatalogEntityKind.Database))
        {
            TakeDatabase(entity);
        }

        foreach (CatalogEntity entity in touched.Where(entity => entity.Kind == CatalogEntityKind.Collection))
        {
            TakeCollection(entity, lived);
        }

        IEnumerable<CatalogEntity> aliases = touched.Where(entity => entity.Kind == CatalogEntityKind.Alias);
        if (lived.Count > 0)
        {
            aliases = aliases.Union(_aliases.Where(alias => alias.Value.Mentions.Overlaps(lived)).Select(alias => alias.Key)).ToList();
        }

        foreach (CatalogEntity entity in aliases)
        {
            AliasTimeline line = AliasTimeline.Read(KeysOf(entity), id => _collections.GetValueOrDefault(id));
            _aliases[entity] = line;
            Tell(entity, line.Changes(entity, DatabaseName(entity.Id)));
        }

        return new(_before with
        {
            Keys = _keys.ToImmutable(),
            Databases = _databases.ToImmutable(),
            Collections = _collections.ToImmutable(),
            Aliases = _aliases.ToImmutable(),
            Told = _told.ToImmutable(),
            Channels = _channels.ToImmutable(),
            Log = _log.ToLog(),
        });
    }

    /// <summary>False when nothing new was said.</summary>
    private bool TakeVersions(IGrouping<CatalogEntity, Written> group)
    {
        ImmutableSortedDictionary<CatalogKey, KeyVersions> before = _keys.GetValueOrDefault(group.Key) ?? ImmutableSortedDictionary.Create<CatalogKey, KeyVersions>(KeyOrder);
        ImmutableSortedDictionary<CatalogKey, KeyVersions>.Builder keys = before.ToBuilder();
        bool news = false;

        // Dated copies first: they say what the undated key says, and when. Of an undated key the last word counts.
        IEnumerable<Written> dated = group.Where(one => one.Timestamp is not null && !one.IsGone);
        IEnumerable<Written> newest = group.Where(one => one.Timestamp is null).GroupBy(one => one.Key).Select(words => words.MaxBy(one => one.Revision));
        foreach (Written one in dated.OrderBy(one => one.Revision).Concat(newest))
        {
            KeyVersions versions = keys.GetValueOrDefault(one.Key) ?? KeyVersions.None;
            KeyVersions now = one switch
            {
                { Timestamp: { } timestamp } => versions.WithDated(timestamp, one.Value, one.Revision),
                { IsGone: true } => versions.WithoutNewest(one.Revision),
                _ => versions.WithNewest(one.Value, one.Revision),
            };
            if (!ReferenceEquals(versions, now))
            {
                keys[one.Key] = now;
                news = true;
            }
        }

        if (news)
        {
            _keys[group.Key] = keys.ToImmutable();
        }

        return news;
    }

    private void TakeDatabase(CatalogEntity entity)
    {
        SourceDatabase? database = SourceDatabase.Read(entity.Id, KeysOf(entity));
        if (entity.Id == CatalogKey.DefaultDatabaseId && (database is null || database.DroppedAt is not null))
        {
            // Milvus never does that: someone emptied etcd. Taken at its word it would drop everything on the target.
            throw CatalogException.ForKey($"{_before.Options.StatePrefix}database/db-info/{entity.Id}", "the default database was removed: the source's metadata was wiped, not dropped");
        }

        if (database is not null)
        {
            _databases[entity.Id] = database;
            Tell(entity, database.Changes());
        }
    }

    private void TakeCollection(CatalogEntity entity, HashSet<long> lived)
    {
        SourceCollection? before = _collections.GetValueOrDefault(entity.Id);
        SourceCollection? collection = CollectionTimeline.Read(entity.Id, KeysOf(entity), _before.Options);
        if (before?.DroppedAt != collection?.DroppedAt || before is null != collection is null)
        {
            lived.Add(entity.Id);
        }

        if (collection is null)
        {
            _collections.Remove(entity.Id);
            Tell(entity, []);
            return;
        }

        _collections[entity.Id] = collection;
        _channels.UnionWith(collection.PhysicalChannels);
        Tell(entity, CollectionTimeline.Changes(collection, DatabaseName));
    }

    private void Tell(CatalogEntity entity, IReadOnlyList<CatalogChange> changes)
    {
        _log.Replace(_told.GetValueOrDefault(entity) ?? [], changes, _revision);
        _told[entity] = changes;
    }

    private List<KeyValuePair<CatalogKey, KeyVersions>> KeysOf(CatalogEntity entity) => [.. _keys[entity]];

    private string DatabaseName(long id) => _databases.TryGetValue(id, out SourceDatabase? database) ? database.Name : $"#{id}";

    private readonly record struct Written(CatalogKey Key, ulong? Timestamp, IMessage? Value, long Revision, bool IsGone);
}
