using System.Globalization;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>
/// The source's metadata at any timestamp, from the snapshot keys of a recording: <c>snapshots/KEY_tsTIMESTAMP</c> holds what KEY was from that timestamp on.
/// </summary>
internal sealed class RecordedCatalog
{
    private const string Collections = "root-coord/database/collection-info/";
    private const string Databases = "root-coord/database/db-info/";

    private static readonly byte[] Tombstone = [0xE2, 0x9B, 0xBC];

    private readonly SortedDictionary<string, SortedList<ulong, byte[]>> _versions = new(StringComparer.Ordinal);

    public RecordedCatalog(Recording recording)
    {
        string prefix = SnapshotPrefix(recording);
        foreach ((string key, byte[]? value) in recording.EtcdBefore().Select(entry => (entry.Key, (byte[]?)entry.Value))
            .Concat(recording.EtcdChanges().Select(change => (change.Key, change.Value)))
            .Concat(recording.EtcdAfter().Select(entry => (entry.Key, (byte[]?)entry.Value))))
        {
            // A deleted snapshot is old history that was tidied away; it stays true.
            if (value is not null && key.StartsWith(prefix, StringComparison.Ordinal) && TimestampOf(key) is { } timestamp)
            {
                string baseKey = key[prefix.Length..key.LastIndexOf("_ts", StringComparison.Ordinal)];
                if (!_versions.TryGetValue(baseKey, out SortedList<ulong, byte[]>? versions))
                {
                    _versions.Add(baseKey, versions = []);
                }

                versions[timestamp] = value;
            }
        }
    }

    /// <summary>What all snapshot keys of the recording begin with.</summary>
    public static string SnapshotPrefix(Recording recording) => $"{recording.RootPath}/{recording.MetaSubPath}/snapshots/";

    /// <summary>Whether a value says that its key is gone.</summary>
    public static bool IsTombstone(byte[]? value) => value is not null && value.AsSpan().SequenceEqual(Tombstone);

    /// <summary>The timestamp at the end of a snapshot key, or null.</summary>
    public static ulong? TimestampOf(string key)
    {
        int at = key.LastIndexOf("_ts", StringComparison.Ordinal);
        return at >= 0 && ulong.TryParse(key.AsSpan(at + 3), NumberStyles.None, CultureInfo.InvariantCulture, out ulong timestamp) ? timestamp : null;
    }

    /// <summary>The collections that were there at <paramref name="timestamp"/>.</summary>
    public IEnumerable<CatalogCollection> CollectionsAt(ulong timestamp)
    {
        foreach ((string key, byte[] value) in At(Collections, timestamp))
        {
            CollectionInfo info = CollectionInfo.Parser.ParseFrom(value);
            string[] path = key[Collections.Length..].Split('/');
            if (info.State == CollectionState.CollectionCreated && path.Length == 2)
            {
                yield return new CatalogCollection(info.ID, $"{DatabaseAt(path[0], timestamp)}/{info.Schema.Name}", info, PartitionsAt(info.ID, timestamp), FieldsAt(info.ID, timestamp));
            }
        }
    }

    private string DatabaseAt(string id, ulong timestamp) =>
        Latest(Databases + id, timestamp) is { } value ? DatabaseInfo.Parser.ParseFrom(value).Name : id == "1" ? "default" : id;

    private Dictionary<long, string> PartitionsAt(long collection, ulong timestamp) =>
        At($"root-coord/partitions/{collection}/", timestamp).Select(entry => PartitionInfo.Parser.ParseFrom(entry.Value))
            .Where(partition => partition.State == PartitionState.PartitionCreated)
            .ToDictionary(partition => partition.PartitionID, partition => partition.PartitionName);

    private Dictionary<long, FieldSchema> FieldsAt(long collection, ulong timestamp) =>
        At($"root-coord/fields/{collection}/", timestamp).Select(entry => FieldSchema.Parser.ParseFrom(entry.Value)).ToDictionary(field => field.FieldID);

    private IEnumerable<(string Key, byte[] Value)> At(string prefix, ulong timestamp)
    {
        foreach (string key in _versions.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (Latest(key, timestamp) is { } value)
            {
                yield return (key, value);
            }
        }
    }

    private byte[]? Latest(string key, ulong timestamp)
    {
        byte[]? value = _versions.TryGetValue(key, out SortedList<ulong, byte[]>? versions)
            ? versions.LastOrDefault(version => version.Key <= timestamp).Value
            : null;
        return value is null || IsTombstone(value) ? null : value;
    }
}

/// <summary>A collection of the source at one timestamp.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name"><c>database/collection</c>.</param>
/// <param name="Info">As the source stored it; without fields.</param>
/// <param name="Partitions">Names by id.</param>
/// <param name="Fields">By field id, the system's own (0 and 1) among them.</param>
internal sealed record CatalogCollection(
    long Id, string Name, CollectionInfo Info, IReadOnlyDictionary<long, string> Partitions, IReadOnlyDictionary<long, FieldSchema> Fields)
{
    /// <summary>The primary key.</summary>
    public FieldSchema PrimaryField => Fields.Values.Single(one => one.IsPrimaryKey);
}
