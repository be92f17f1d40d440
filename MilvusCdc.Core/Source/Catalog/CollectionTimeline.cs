using System.Globalization;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Puts a collection together from the versions of its keys, and tells what happened to it.</summary>
internal static class CollectionTimeline
{
    private const long FirstUserField = 100;

    /// <summary>Null when it never existed (creation not finished, or failed) or nothing but tombstones are left.</summary>
    internal static SourceCollection? Read(long id, IReadOnlyList<KeyValuePair<CatalogKey, KeyVersions>> keys, CatalogOptions options)
    {
        Lifetime<CollectionVersion>? life = Lifetime<CollectionVersion>.Read(
            KeyVersions.Merge([.. keys.Where(key => key.Key.Kind is CatalogKeyKind.Collection or CatalogKeyKind.OldCollection)])
                .Select(version => (version.Timestamp, version.Value is CollectionInfo info ? new CollectionVersion(version.Key.Owner, info) : null)),
            static version => StateOf(version.Info.State),
            static (version, oldest) => version.Info.CreateTime == 0 ? oldest : Math.Min(version.Info.CreateTime, oldest));
        if (life is null)
        {
            return null;
        }

        CollectionInfo last = life.Points[^1].Value.Info;
        var shapes = new Lifetime<CollectionShape>(life.CreatedAt, life.DroppedAt, [.. life.Points.Select(point => (point.Timestamp, ShapeOf(point.Value)))]);
        List<FieldSchema> fields = [.. LastOf<FieldSchema>(keys, CatalogKeyKind.Field)];

        // Data of 2.0 has the fields in the collection's own record.
        fields = [.. (fields.Count > 0 ? fields : [.. last.Schema.Fields]).Where(field => field.FieldID >= FirstUserField).OrderBy(field => field.FieldID)];
        FunctionSchema[] functions = [.. LastOf<FunctionSchema>(keys, CatalogKeyKind.Function).OrderBy(function => function.Id)];
        bool byKey = fields.Any(field => field.IsPartitionKey);
        SourcePartition[] partitions = [.. Partitions(keys, last, life, options, byKey).OrderBy(partition => partition.CreatedAt).ThenBy(partition => partition.Id)];
        return new(id, shapes, last, fields, functions)
        {
            Partitions = partitions,
            PartitionKeyPartitions = byKey ? partitions.Count(partition => IsKeyPartition(partition.Name, options)) : 0,
        };
    }

    internal static List<CatalogChange> Changes(SourceCollection collection, Func<long, string> databaseName)
    {
        ulong created = collection.CreatedAt;
        List<CatalogChange> changes = [new CollectionCreated(created, collection.Id, databaseName(collection.DatabaseIdAt(created)), collection.NameAt(created))];
        ulong before = created;
        foreach (ulong at in collection.AlteredAt)
        {
            int told = changes.Count;
            if (collection.NameAt(before) != collection.NameAt(at) || collection.DatabaseIdAt(before) != collection.DatabaseIdAt(at))
            {
                changes.Add(new CollectionRenamed(
                    at, collection.Id, databaseName(collection.DatabaseIdAt(before)), collection.NameAt(before), databaseName(collection.DatabaseIdAt(at)), collection.NameAt(at)));
            }

            if (!Properties.Same(collection.PropertiesAt(before), collection.PropertiesAt(at)))
            {
                changes.Add(new CollectionPropertiesChanged(at, collection.Id, collection.PropertiesAt(before), collection.PropertiesAt(at)));
            }

            if (changes.Count == told)
            {
                changes.Add(new CollectionTouched(at, collection.Id));
            }

            before = at;
        }

        foreach (SourcePartition partition in collection.Partitions)
        {
            if (!partition.CameWithCollection)
            {
                changes.Add(new PartitionCreated(partition.CreatedAt, collection.Id, partition.Id, partition.Name));
            }

            if (partition.DroppedAt is { } gone && gone != collection.DroppedAt)
            {
                changes.Add(new PartitionDropped(gone, collection.Id, partition.Id, partition.Name));
            }
        }

        if (collection.DroppedAt is { } dropped)
        {
            changes.Add(new CollectionDropped(dropped, collection.Id, databaseName(collection.DatabaseIdAt(dropped)), collection.NameAt(dropped)));
        }

        return changes;
    }

    private static IEnumerable<SourcePartition> Partitions(
        IReadOnlyList<KeyValuePair<CatalogKey, KeyVersions>> keys, CollectionInfo info, Lifetime<CollectionVersion> collection, CatalogOptions options, bool byKey)
    {
        HashSet<long> own = [];
        foreach ((CatalogKey key, KeyVersions versions) in keys.Where(key => key.Key.Kind == CatalogKeyKind.Partition))
        {
            own.Add(key.Id);
            Lifetime<PartitionInfo>? life = Lifetime<PartitionInfo>.Read(
                versions.All.Select(version => (version.Timestamp, (PartitionInfo?)version.Value)),
                static partition => StateOf((CollectionState)partition.State),
                static (partition, oldest) => partition.PartitionCreatedTimestamp == 0 ? oldest : Math.Min(partition.PartitionCreatedTimestamp, oldest));
            if (life is not null && !(life.CreatedAt >= collection.DroppedAt))
            {
                yield return Partition(key.Id, life.Points[0].Value.PartitionName, life.CreatedAt, life.DroppedAt);
            }
        }

        // Data of 2.1 and before lists the partitions in the collection's own record.
        for (int i = 0; i < Math.Min(info.PartitionIDs.Count, info.PartitionNames.Count); i++)
        {
            if (!own.Contains(info.PartitionIDs[i]))
            {
                yield return Partition(info.PartitionIDs[i], info.PartitionNames[i], i < info.PartitionCreatedTimestamps.Count ? info.PartitionCreatedTimestamps[i] : 0, null);
            }
        }

        SourcePartition Partition(long id, string name, ulong created, ulong? dropped)
        {
            // A partition's tombstone may come long after its collection's drop.
            ulong? end = (dropped, collection.DroppedAt) switch
            {
                ({ } own, { } all) => Math.Min(own, all),
                (var one, var other) => one ?? other,
            };
            bool cameWith = created <= collection.CreatedAt || name == options.DefaultPartition || (byKey && IsKeyPartition(name, options));
            return new(id, name, Math.Max(created, collection.CreatedAt), end, cameWith);
        }
    }

    private static bool IsKeyPartition(string name, CatalogOptions options) =>
        name.StartsWith(options.DefaultPartition + "_", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(options.DefaultPartition.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static IEnumerable<T> LastOf<T>(IEnumerable<KeyValuePair<CatalogKey, KeyVersions>> keys, CatalogKeyKind kind) =>
        keys.Where(key => key.Key.Kind == kind).Select(key => key.Value.LastValue).OfType<T>();

    private static CollectionShape ShapeOf(CollectionVersion version) =>
        new(version.DatabaseId, version.Info.Schema.Name, Properties.Of(version.Info.Properties));

    /// <summary>Collections and partitions count their states alike.</summary>
    private static LifeState StateOf(CollectionState state) => state switch
    {
        CollectionState.CollectionCreating => LifeState.Creating,
        CollectionState.CollectionDropping or CollectionState.CollectionDropped => LifeState.Dropping,
        _ => LifeState.Live,
    };

    private sealed record CollectionVersion(long DatabaseId, CollectionInfo Info);
}
