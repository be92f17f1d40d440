using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Source.Metadata;
using Messages = MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>
/// What a source left in etcd and in its log, as lines of text that are equal for two sources that did the same: ids are named in the order in which they appear, timestamps and message
/// ids are all one.
/// </summary>
internal sealed partial class SourceTraces
{
    private static readonly byte[] Tombstone = [0xE2, 0x9B, 0xBC];
    /// <summary>Where a source stand-in writes.</summary>
    private static readonly string[] Written =
        ["root-coord/", "snapshots/", "field-index/", "querycoord-replica/", "querycoord-collection-loadinfo/", "querycoord-partition-loadinfo/"];

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal) { ["1"] = "1" };
    private readonly string _root;

    public SourceTraces(string root, IEnumerable<IReadOnlyList<MetadataChange>> transactions, IEnumerable<(string Topic, byte[] Value)> messages)
    {
        _root = root + "/meta/";
        List<IReadOnlyList<MetadataChange>> all = [.. transactions];
        foreach (MetadataChange change in all.SelectMany(one => one.OrderBy(change => change.Key, StringComparer.Ordinal)))
        {
            Learn(change);
        }

        Metadata = [.. all.Select(Lines).Where(line => line.Length > 0)];
        Messages = messages.Where(one => TypeOf(one.Value) != MsgType.TimeTick).Select(one => (one.Topic, Text: Line(one.Value))).ToLookup(one => one.Topic, one => one.Text, StringComparer.Ordinal);
    }

    /// <summary>A line a transaction, of the keys that a source stand-in writes.</summary>
    public IReadOnlyList<string> Metadata { get; }

    /// <summary>The messages of each topic, ticks left out.</summary>
    public ILookup<string, string> Messages { get; }

    /// <summary>
    /// Rows with generated keys lie in other shards on each run. Their messages, without keys and shards: how many rows of which partition key went to which partition.
    /// </summary>
    public static IReadOnlyList<string> Scattered(IEnumerable<(string Topic, byte[] Value)> messages, long collection)
    {
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (byte[] value in messages.Select(one => one.Value))
        {
            if (TypeOf(value) == MsgType.Insert && InsertOf(value) is { } insert && insert.CollectionID == collection)
            {
                foreach (string tenant in insert.FieldsData.First(column => column.FieldName == "tenant").Scalars.StringData.Data)
                {
                    string name = $"Insert {insert.CollectionName} {insert.PartitionName} {tenant}";
                    counts[name] = counts.GetValueOrDefault(name) + 1;
                }
            }
            else if (TypeOf(value) == MsgType.Delete && Protocol.Milvus.Msg.DeleteRequest.Parser.ParseFrom(value) is { } delete && delete.CollectionID == collection)
            {
                string name = $"Delete {delete.CollectionName} {delete.PartitionID}";
                counts[name] = counts.GetValueOrDefault(name) + (int)delete.NumRows;
            }
        }

        return [.. counts.Select(one => $"{one.Key}: {one.Value}")];
    }

    /// <summary>The rows of a collection, its newest id among those of this name.</summary>
    public static long IdOf(IEnumerable<IReadOnlyList<MetadataChange>> transactions, string collection) => transactions.SelectMany(one => one)
        .Where(one => one.Key.Contains("/meta/root-coord/database/collection-info/", StringComparison.Ordinal) && one.Value is { Length: > 3 })
        .Select(one => CollectionInfo.Parser.ParseFrom(one.Value)).Last(info => info.Schema.Name == collection).ID;

    public static bool IsOf(byte[] value, long collection) => TypeOf(value) switch
    {
        MsgType.Insert => InsertOf(value).CollectionID == collection,
        MsgType.Delete => Protocol.Milvus.Msg.DeleteRequest.Parser.ParseFrom(value).CollectionID == collection,
        _ => false,
    };

    private static Messages.InsertRequest InsertOf(byte[] value) => Protocol.Milvus.Msg.InsertRequest.Parser.ParseFrom(value);

    private static MsgType TypeOf(byte[] value) => MsgHeader.Parser.ParseFrom(value).Base.MsgType;

    private void Learn(MetadataChange change)
    {
        string key = change.Key;
        if (change.Value is not { } value || value.AsSpan().SequenceEqual(Tombstone) || key.Contains("/snapshots/", StringComparison.Ordinal))
        {
            return;
        }

        if (key.Contains("/db-info/", StringComparison.Ordinal))
        {
            DatabaseInfo info = DatabaseInfo.Parser.ParseFrom(value);
            Name(info.Id, $"database {info.Name}");
        }
        else if (key.Contains("/collection-info/", StringComparison.Ordinal))
        {
            CollectionInfo info = CollectionInfo.Parser.ParseFrom(value);
            Name(info.ID, $"collection {info.Schema.Name}");
        }
        else if (key.Contains("/root-coord/partitions/", StringComparison.Ordinal))
        {
            PartitionInfo info = PartitionInfo.Parser.ParseFrom(value);
            Name(info.PartitionID, $"{_names[Id(info.CollectionId)]} partition {info.PartitionName}");
        }
        else if (key.Contains("/field-index/", StringComparison.Ordinal) || key.Contains("/querycoord-replica/", StringComparison.Ordinal))
        {
            string[] path = key.Split('/');
            Name(long.Parse(path[^1], CultureInfo.InvariantCulture), $"{_names[path[^2]]} {path[^3]}");
        }
    }

    private void Name(long id, string name)
    {
        if (!_names.ContainsKey(Id(id)))
        {
            int same = _names.Values.Count(one => one == name || one.StartsWith(name + " #", StringComparison.Ordinal));
            _names[Id(id)] = same == 0 ? name : $"{name} #{same + 1}";
        }
    }

    private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The puts and deletes of a transaction; their order inside it means nothing.</summary>
    private string Lines(IReadOnlyList<MetadataChange> transaction) => string.Join(
        "\n  ", transaction.Where(one => one.Key.StartsWith(_root, StringComparison.Ordinal)).Select(Line).Where(line => line.Length > 0).Order(StringComparer.Ordinal));

    private string Line(MetadataChange change)
    {
        string key = change.Key[_root.Length..];
        if (!Written.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return "";
        }

        string value = change.Value is null ? "DELETE" : change.Value.AsSpan().SequenceEqual(Tombstone) ? "tombstone" : Value(key, change.Value);
        return $"{Named(key)} = {Named(value)}";
    }

    private static string Value(string key, byte[] value)
    {
        string live = key.StartsWith("snapshots/", StringComparison.Ordinal) ? key["snapshots/".Length..] : key;
        return live switch
        {
            _ when live.StartsWith("root-coord/database/db-info/", StringComparison.Ordinal) => Json(DatabaseInfo.Parser.ParseFrom(value)),
            _ when live.StartsWith("root-coord/database/collection-info/", StringComparison.Ordinal) => Json(WithoutOffsets(CollectionInfo.Parser.ParseFrom(value))),
            _ when live.StartsWith("root-coord/partitions/", StringComparison.Ordinal) => Json(PartitionInfo.Parser.ParseFrom(value)),
            _ when live.StartsWith("root-coord/fields/", StringComparison.Ordinal) => Json(FieldSchema.Parser.ParseFrom(value)),
            _ when live.StartsWith("root-coord/database/aliases/", StringComparison.Ordinal) => Json(AliasInfo.Parser.ParseFrom(value)),

            // A generated text inside: that it was written is what counts.
            _ when live.StartsWith("root-coord/credential/", StringComparison.Ordinal) => "written",

            // Maps inside, in any order.
            _ => $"{value.Length} bytes",
        };
    }

    /// <summary>Offsets depend on the number of ticks before them; that there is one of eight bytes does not.</summary>
    private static CollectionInfo WithoutOffsets(CollectionInfo info)
    {
        foreach (KeyDataPair start in info.StartPositions)
        {
            start.Data = ByteString.CopyFromUtf8($"{start.Data.Length} bytes");
        }

        return info;
    }

    private string Line(byte[] value)
    {
        MsgType type = TypeOf(value);
        if (type == MsgType.CreateCollection)
        {
            Messages.CreateCollectionRequest create = Protocol.Milvus.Msg.CreateCollectionRequest.Parser.ParseFrom(value);
            string schema = Json(CollectionSchema.Parser.ParseFrom(create.Schema));
            create.Schema = ByteString.Empty;
            return Named($"{type} {Json(create)} {schema}");
        }

        IMessage message = type switch
        {
            MsgType.Insert => Protocol.Milvus.Msg.InsertRequest.Parser.ParseFrom(value),
            MsgType.Delete => Protocol.Milvus.Msg.DeleteRequest.Parser.ParseFrom(value),
            MsgType.DropCollection => Protocol.Milvus.Msg.DropCollectionRequest.Parser.ParseFrom(value),
            MsgType.DropPartition => Protocol.Milvus.Msg.DropPartitionRequest.Parser.ParseFrom(value),
            MsgType.CreateDatabase => CreateDatabaseRequest.Parser.ParseFrom(value),
            MsgType.DropDatabase => DropDatabaseRequest.Parser.ParseFrom(value),
            MsgType.CreateIndex => CreateIndexRequest.Parser.ParseFrom(value),
            MsgType.DropIndex => DropIndexRequest.Parser.ParseFrom(value),
            MsgType.LoadCollection => LoadCollectionRequest.Parser.ParseFrom(value),
            MsgType.ReleaseCollection => ReleaseCollectionRequest.Parser.ParseFrom(value),
            MsgType.Flush => FlushRequest.Parser.ParseFrom(value),
            _ => throw new InvalidDataException($"a message of type {type} is not expected in this session"),
        };
        return Named($"{type} {Json(message)}");
    }

    private static string Json(IMessage message) => JsonFormatter.Default.Format(message);

    private string Named(string text) => LongNumber().Replace(text, number => _names.GetValueOrDefault(number.Value, "T"));

    [GeneratedRegex("[0-9]{18,}")]
    private static partial Regex LongNumber();
}
