using MilvusCdc.Protocol.Milvus.Meta;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>A database of the source. Exists from <see cref="CreatedAt"/> (inclusive) to <see cref="DroppedAt"/> (exclusive).</summary>
public sealed class SourceDatabase
{
    // A creation and its record are milliseconds apart; when they are further apart, the dated copy of the creation has been trimmed.
    private const ulong TrimmedAfterMilliseconds = 60_000;

    private readonly IReadOnlyList<(ulong Timestamp, Shape Shape)> _shapes;

    private SourceDatabase(long id, ulong createdAt, ulong? droppedAt, IReadOnlyList<(ulong, Shape)> shapes)
    {
        Id = id;
        CreatedAt = createdAt;
        DroppedAt = droppedAt;
        _shapes = shapes;
    }

    /// <summary>1 for the default database.</summary>
    public long Id { get; }

    /// <summary>Databases are never renamed.</summary>
    public string Name => _shapes[0].Shape.Name;

    /// <summary>Milvus timestamp; 0: since ever.</summary>
    public ulong CreatedAt { get; }

    /// <summary>Milvus timestamp, or null.</summary>
    public ulong? DroppedAt { get; }

    /// <summary>The properties at a timestamp (2.4 and later; else empty).</summary>
    public IReadOnlyDictionary<string, string> PropertiesAt(ulong at) => Lifetime<Shape>.At(_shapes, at).Properties;

    /// <summary>Whether it existed at a timestamp.</summary>
    public bool ExistsAt(ulong at) => Id == CatalogKey.DefaultDatabaseId || (CreatedAt <= at && (DroppedAt is null || at < DroppedAt));

    internal static SourceDatabase Default(CatalogOptions options) =>
        new(CatalogKey.DefaultDatabaseId, 0, null, [(0, new(options.DefaultDatabase, new Dictionary<string, string>()))]);

    /// <summary>Null when it never existed or is forgotten.</summary>
    internal static SourceDatabase? Read(long id, IReadOnlyList<KeyValuePair<CatalogKey, KeyVersions>> keys)
    {
        Lifetime<DatabaseInfo>? life = Lifetime<DatabaseInfo>.Read(
            KeyVersions.Merge(keys).Select(version => (version.Timestamp, (DatabaseInfo?)version.Value)),
            static info => info.State switch
            {
                DatabaseState.DatabaseCreating => LifeState.Creating,
                DatabaseState.DatabaseDropping or DatabaseState.DatabaseDropped => LifeState.Dropping,
                _ => LifeState.Live,
            },
            CreationOf);
        return life is null
            ? null
            : new(id, life.CreatedAt, life.DroppedAt, [.. life.Points.Select(point => (point.Timestamp, new Shape(point.Value.Name, Properties.Of(point.Value.Properties))))]);
    }

    internal IReadOnlyList<CatalogChange> Changes()
    {
        List<CatalogChange> changes = [];
        if (Id != CatalogKey.DefaultDatabaseId)
        {
            changes.Add(new DatabaseCreated(CreatedAt, Id, Name, _shapes[0].Shape.Properties));
        }

        for (int i = 1; i < _shapes.Count; i++)
        {
            if (!Properties.Same(_shapes[i - 1].Shape.Properties, _shapes[i].Shape.Properties))
            {
                changes.Add(new DatabaseAltered(_shapes[i].Timestamp, Id, Name, _shapes[i - 1].Shape.Properties, _shapes[i].Shape.Properties));
            }
        }

        if (DroppedAt is { } dropped)
        {
            changes.Add(new DatabaseDropped(dropped, Id, Name));
        }

        return changes;
    }

    /// <summary>The record holds Unix nanoseconds, so the dated copy's timestamp is better wherever it is the creation's.</summary>
    private static ulong CreationOf(DatabaseInfo info, ulong oldestVersion)
    {
        ulong createdMilliseconds = info.CreatedTime / 1_000_000;
        return createdMilliseconds != 0 && oldestVersion >> 18 > createdMilliseconds + TrimmedAfterMilliseconds ? createdMilliseconds << 18 : oldestVersion;
    }

    private sealed record Shape(string Name, IReadOnlyDictionary<string, string> Properties);
}
