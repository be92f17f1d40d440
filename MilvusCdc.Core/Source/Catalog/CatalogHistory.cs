using System.Collections.Immutable;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>
/// The source's metadata as a history by Milvus timestamp. Immutable: <see cref="Apply"/> and <see cref="Merge"/> give the next state, so readers need no lock.
/// A thing exists at T when it was created at or before T and dropped after T.
/// </summary>
public sealed class CatalogHistory
{
    private readonly State _state;

    internal CatalogHistory(State state) => _state = state;

    /// <summary>The etcd revision up to which the history is complete; 0: nothing was taken in.</summary>
    public long Revision => _state.Revision;

    /// <summary>All pchannels that any known collection uses or used, in ordinal order.</summary>
    public IReadOnlyList<string> Channels => _state.Channels;

    /// <summary>Nothing known.</summary>
    public static CatalogHistory Empty(CatalogOptions options) => new(new State
    {
        Options = options,
        Databases = ImmutableDictionary<long, SourceDatabase>.Empty.Add(CatalogKey.DefaultDatabaseId, SourceDatabase.Default(options)),
    });

    /// <summary>
    /// Takes in what one revision (or several, in order) changed; the order of keys inside does not matter. Throws <see cref="CatalogException"/> when a value is broken.
    /// </summary>
    public CatalogHistory Apply(IReadOnlyList<CatalogKeyChange> changes, long revision) => Learn(changes, revision).CompleteTo(revision);

    /// <summary>Takes in a complete listing: like <see cref="Apply"/>, and what has left etcd without a tombstone seen is dropped right after the last thing known of it.</summary>
    public CatalogHistory Merge(IReadOnlyList<CatalogKeyChange> listing, long revision) => CatalogEdit.Merge(_state, listing, revision).CompleteTo(revision);

    /// <summary>Like <see cref="Apply"/> with only a part of what the revision changed, so that <see cref="Revision"/> stays.</summary>
    internal CatalogHistory Learn(IReadOnlyList<CatalogKeyChange> changes, long revision) => CatalogEdit.Apply(_state, changes, revision);

    /// <summary>Whether the two know exactly the same, whatever their revisions.</summary>
    internal bool KnowsWhat(CatalogHistory other) => ReferenceEquals(_state.Keys, other._state.Keys);

    /// <summary>The same history, known to be complete up to a later revision.</summary>
    public CatalogHistory CompleteTo(long revision) => revision <= Revision ? this : new(_state with { Revision = revision });

    /// <summary>A database that existed at a timestamp, or null. The default database (id 1) always existed.</summary>
    public SourceDatabase? Database(long id, ulong at) => _state.Databases.GetValueOrDefault(id) is { } database && database.ExistsAt(at) ? database : null;

    /// <summary>All databases that existed at a timestamp, in order of id.</summary>
    public IEnumerable<SourceDatabase> DatabasesAt(ulong at) => _state.Databases.Values.Where(database => database.ExistsAt(at)).OrderBy(database => database.Id);

    /// <summary>Name of a database, dropped ones too; <c>#id</c> when its record is gone from etcd.</summary>
    public string DatabaseName(long id) => _state.DatabaseName(id);

    /// <summary>All collections that existed at a timestamp, in order of creation.</summary>
    public IEnumerable<SourceCollection> CollectionsAt(ulong at) =>
        _state.Collections.Values.Where(collection => collection.ExistsAt(at)).OrderBy(collection => collection.CreatedAt).ThenBy(collection => collection.Id);

    /// <summary>A collection, dropped or not; null when it is not known: not created yet, or so long dropped that etcd has forgotten it.</summary>
    public SourceCollection? Collection(long id) => _state.Collections.GetValueOrDefault(id);

    /// <summary>Whether <see cref="Collection"/> has it.</summary>
    public bool Knows(long collectionId) => _state.Collections.ContainsKey(collectionId);

    /// <summary>All partitions of a collection, dropped ones too, in order of creation; empty when the collection is not known.</summary>
    public IReadOnlyList<SourcePartition> Partitions(long collectionId) => Collection(collectionId)?.Partitions ?? [];

    /// <summary>All aliases at a timestamp, in order of database and name.</summary>
    public IEnumerable<SourceAlias> AliasesAt(ulong at) => _state.Aliases
        .Select(alias => (alias.Key, Target: alias.Value.At(at)))
        .Where(alias => alias.Target is not null)
        .OrderBy(alias => alias.Key.Id).ThenBy(alias => alias.Key.Name, StringComparer.Ordinal)
        .Select(alias => new SourceAlias(alias.Key.Id, alias.Key.Name, alias.Target!.Value));

    /// <summary>The id of the collection that had this name, or else this alias, at a timestamp; null: nobody. An empty database means the default one.</summary>
    public long? ResolveCollection(string database, string nameOrAlias, ulong at)
    {
        SourceDatabase? home = database.Length == 0
            ? Database(CatalogKey.DefaultDatabaseId, at)
            : _state.Databases.Values.FirstOrDefault(candidate => candidate.Name == database && candidate.ExistsAt(at));
        if (home is null)
        {
            return null;
        }

        SourceCollection? named = _state.Collections.Values
            .Where(collection => collection.ExistsAt(at) && collection.DatabaseIdAt(at) == home.Id && collection.NameAt(at) == nameOrAlias)
            .MaxBy(collection => collection.CreatedAt);
        return named?.Id ?? _state.Aliases.GetValueOrDefault(new(CatalogEntityKind.Alias, home.Id, nameOrAlias))?.At(at);
    }

    /// <summary>What happened in (after, upTo], in order of timestamp; at one timestamp things are made from the outside in, then dropped from the inside out.</summary>
    public IReadOnlyList<CatalogChange> Changes(ulong after, ulong upTo) => _state.Log.Between(after, upTo);

    /// <summary>The changes that etcd told of after a revision, in order of timestamp: what comes out with a timestamp already passed is late.</summary>
    public IReadOnlyList<CatalogChange> ArrivedSince(long revision) => _state.Log.ArrivedSince(revision);

    internal sealed record State
    {
        internal required CatalogOptions Options { get; init; }

        internal long Revision { get; init; }

        internal ImmutableDictionary<CatalogEntity, ImmutableSortedDictionary<CatalogKey, KeyVersions>> Keys { get; init; } =
            ImmutableDictionary<CatalogEntity, ImmutableSortedDictionary<CatalogKey, KeyVersions>>.Empty;

        internal required ImmutableDictionary<long, SourceDatabase> Databases { get; init; }

        internal ImmutableDictionary<long, SourceCollection> Collections { get; init; } = ImmutableDictionary<long, SourceCollection>.Empty;

        internal ImmutableDictionary<CatalogEntity, AliasTimeline> Aliases { get; init; } = ImmutableDictionary<CatalogEntity, AliasTimeline>.Empty;

        internal ImmutableDictionary<CatalogEntity, IReadOnlyList<CatalogChange>> Told { get; init; } =
            ImmutableDictionary<CatalogEntity, IReadOnlyList<CatalogChange>>.Empty;

        internal ChangeLog Log { get; init; } = ChangeLog.Empty;

        internal ImmutableSortedSet<string> Channels { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

        internal string DatabaseName(long id) => Databases.TryGetValue(id, out SourceDatabase? database) ? database.Name : $"#{id}";
    }
}
