using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>
/// What a recorded source held at any timestamp, computed from its log and its metadata alone. Simple and slow on purpose, and independent of the engine that it judges:
/// a row lives from its timestamp to the first delete of its key with a larger one, to the drop of its partition or of its collection.
/// </summary>
public sealed class RecordedHistory
{
    private static readonly ulong ShortestRound = MilvusTime.Compose(100, 0);

    private readonly RecordedCatalog _catalog;
    private readonly Dictionary<long, List<InsertedRow>> _inserted = [];
    private readonly Dictionary<(long Collection, string Key), List<DeletedKey>> _deleted = [];
    private readonly Dictionary<string, HashSet<ulong>> _ticks = new(StringComparer.Ordinal);

    private readonly List<string> _unreadable = [];

    private RecordedHistory(RecordedCatalog catalog) => _catalog = catalog;

    /// <summary>Messages that cannot be read, as topic and offset with the reason: the history knows nothing of them, and neither may a target.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>The largest timestamp of any message.</summary>
    public ulong LastTimestamp { get; private set; }

    /// <summary>
    /// The newest tick that all channels have on which collections live at the end: where the frontier of a task that has read everything stands. 0 when there is none.
    /// </summary>
    public ulong LastCommonTick
    {
        get
        {
            string[] inUse = ChannelsInUse(ulong.MaxValue);
            return inUse.Length == 0
                ? 0
                : inUse.Select(channel => _ticks.GetValueOrDefault(channel) ?? []).Aggregate((left, right) => [.. left.Intersect(right)]).DefaultIfEmpty().Max();
        }
    }

    /// <summary>
    /// The frontier of a task that has read everything has reached this. It need not stand at <see cref="LastCommonTick"/>: a round ends at least 100 ms after the one before it,
    /// and the last ticks may lie closer together.
    /// </summary>
    public ulong LastFrontier => Math.Max(LastCommonTick, ShortestRound) - ShortestRound + 1;

    /// <summary>Reads a whole recording.</summary>
    public static RecordedHistory Read(Recording recording)
    {
        RecordedHistory history = new(new RecordedCatalog(recording));
        foreach (string topic in recording.Topics.Where(topic => topic != recording.ReplicateChannel))
        {
            foreach (RecordedMessage message in recording.Messages(topic))
            {
                try
                {
                    history.Add(message);
                }
                catch (Exception fault) when (fault is InvalidProtocolBufferException or InvalidDataException)
                {
                    history._unreadable.Add($"{topic} offset {message.Offset}: {fault.Message}");
                }
            }
        }

        return history;
    }

    /// <summary>Names (<c>database/collection</c>) at <paramref name="timestamp"/>.</summary>
    public IReadOnlyList<string> CollectionsAt(ulong timestamp) => [.. _catalog.CollectionsAt(timestamp).Select(collection => collection.Name).Order(StringComparer.Ordinal)];

    /// <summary>The pchannels on which a collection lived at <paramref name="timestamp"/>, by name.</summary>
    public string[] ChannelsInUse(ulong timestamp) =>
        [.. _catalog.CollectionsAt(timestamp).SelectMany(collection => collection.Info.PhysicalChannelNames).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Every collection that was there at <paramref name="timestamp"/> and the rows in it, by <c>database/collection</c>. <see cref="ulong.MaxValue"/>: the end.</summary>
    public IReadOnlyDictionary<string, CollectionRows> RowsAt(ulong timestamp) =>
        _catalog.CollectionsAt(timestamp).ToDictionary(collection => collection.Name, collection => RowsAt(collection, timestamp), StringComparer.Ordinal);

    /// <summary>A collection's metadata at <paramref name="timestamp"/>, or null.</summary>
    internal CatalogCollection? FindCollection(string name, ulong timestamp) => _catalog.CollectionsAt(timestamp).FirstOrDefault(collection => collection.Name == name);

    /// <summary>All collections at the end.</summary>
    internal IEnumerable<CatalogCollection> FinalCollections() => _catalog.CollectionsAt(ulong.MaxValue);

    private CollectionRows RowsAt(CatalogCollection collection, ulong timestamp)
    {
        string primary = collection.PrimaryField.Name;
        List<Row> rows = [];
        foreach (InsertedRow row in _inserted.GetValueOrDefault(collection.Id) ?? [])
        {
            if (row.Timestamp <= timestamp && collection.Partitions.TryGetValue(row.Partition, out string? partition)
                && !IsDeleted(collection.Id, row, row.Fields[primary], timestamp))
            {
                rows.Add(new Row(partition, row.Fields));
            }
        }

        return new CollectionRows(collection.Name, primary, rows, rows.Count);
    }

    private bool IsDeleted(long collection, InsertedRow row, string key, ulong timestamp) =>
        _deleted.TryGetValue((collection, key), out List<DeletedKey>? deletes)
        && deletes.Exists(delete => delete.Timestamp <= timestamp && delete.Timestamp > row.Timestamp && (delete.Partition == -1 || delete.Partition == row.Partition));

    private void Add(RecordedMessage message)
    {
        MsgBase? header = message.Value.Length == 0 ? null : MsgHeader.Parser.ParseFrom(message.Value).Base;
        LastTimestamp = Math.Max(LastTimestamp, header?.Timestamp ?? 0);
        switch (header?.MsgType)
        {
            case MsgType.Insert:
                Add(InsertRequest.Parser.ParseFrom(message.Value));
                break;
            case MsgType.Delete:
                Add(DeleteRequest.Parser.ParseFrom(message.Value));
                break;
            case MsgType.TimeTick:
                if (!_ticks.TryGetValue(message.Topic, out HashSet<ulong>? ticks))
                {
                    _ticks.Add(message.Topic, ticks = []);
                }

                ticks.Add(header.Timestamp);
                break;
            default:
                // Drops of collections and partitions are in the metadata too.
                break;
        }
    }

    private void Add(InsertRequest insert)
    {
        if (insert.Timestamps.Count != (int)insert.NumRows)
        {
            throw new InvalidDataException($"the insert has {insert.NumRows} rows and {insert.Timestamps.Count} timestamps");
        }

        if (!_inserted.TryGetValue(insert.CollectionID, out List<InsertedRow>? rows))
        {
            _inserted.Add(insert.CollectionID, rows = []);
        }

        List<SortedDictionary<string, string>> fields = ColumnValues.ToRows(insert.FieldsData, (int)insert.NumRows);
        for (int row = 0; row < fields.Count; row++)
        {
            rows.Add(new InsertedRow(insert.Timestamps[row], insert.PartitionID, fields[row]));
            LastTimestamp = Math.Max(LastTimestamp, insert.Timestamps[row]);
        }
    }

    private void Add(DeleteRequest delete)
    {
        string[] keys = ColumnValues.OfKeys(delete.PrimaryKeys ?? new IDs());
        if (delete.Timestamps.Count != keys.Length)
        {
            throw new InvalidDataException($"the delete has {keys.Length} keys and {delete.Timestamps.Count} timestamps");
        }

        for (int index = 0; index < keys.Length; index++)
        {
            if (!_deleted.TryGetValue((delete.CollectionID, keys[index]), out List<DeletedKey>? deletes))
            {
                _deleted.Add((delete.CollectionID, keys[index]), deletes = []);
            }

            deletes.Add(new DeletedKey(delete.Timestamps[index], delete.PartitionID));
        }
    }

    private sealed record InsertedRow(ulong Timestamp, long Partition, IReadOnlyDictionary<string, string> Fields);

    private readonly record struct DeletedKey(ulong Timestamp, long Partition);
}
