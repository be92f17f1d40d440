using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Meta;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>
/// A collection of the source, dropped or not. Exists from <see cref="CreatedAt"/> (inclusive) to <see cref="DroppedAt"/> (exclusive). Immutable: the protobuf messages it hands out must not be written to.
/// </summary>
public sealed class SourceCollection
{
    private readonly Lifetime<CollectionShape> _life;
    private readonly CollectionInfo _last;

    internal SourceCollection(long id, Lifetime<CollectionShape> life, CollectionInfo last, IReadOnlyList<FieldSchema> fields, IReadOnlyList<FunctionSchema> functions)
    {
        Id = id;
        _life = life;
        _last = last;
        FieldSchema? primary = fields.FirstOrDefault(field => field.IsPrimaryKey);
        Fields = [.. fields.Where(field => !field.IsDynamic)];
        Functions = functions;
        StartPositions = last.StartPositions.ToDictionary(position => position.Key, position => position.Data, StringComparer.Ordinal);
        AutoId = primary?.AutoID ?? last.Schema.AutoID;
        DynamicField = fields.FirstOrDefault(field => field.IsDynamic);
        HasDynamicField = last.Schema.EnableDynamicField || DynamicField is not null;
        HasPartitionKey = fields.Any(field => field.IsPartitionKey);
        IsComplete = primary is not null;
    }

    /// <summary>Never used twice.</summary>
    public long Id { get; }

    /// <summary>Milvus timestamp.</summary>
    public ulong CreatedAt => _life.CreatedAt;

    /// <summary>Timestamp of the drop, long before the metadata goes; null: it is there.</summary>
    public ulong? DroppedAt => _life.DroppedAt;

    /// <summary>In shard order.</summary>
    public IReadOnlyList<string> VirtualChannels => _last.VirtualChannelNames;

    /// <summary>The pchannel of each shard, in shard order.</summary>
    public IReadOnlyList<string> PhysicalChannels => _last.PhysicalChannelNames;

    /// <summary>Serialized message id of the CreateCollection message, by pchannel.</summary>
    public IReadOnlyDictionary<string, ByteString> StartPositions { get; }

    /// <summary>Number of shards.</summary>
    public int Shards => VirtualChannels.Count;

    /// <summary>User fields in ascending field id, without RowID, Timestamp and the dynamic field.</summary>
    public IReadOnlyList<FieldSchema> Fields { get; }

    /// <summary>The hidden <c>$meta</c> field, or null.</summary>
    public FieldSchema? DynamicField { get; }

    /// <summary>In ascending id; 2.5 and later.</summary>
    public IReadOnlyList<FunctionSchema> Functions { get; }

    /// <summary>The collection's default.</summary>
    public ConsistencyLevel ConsistencyLevel => _last.ConsistencyLevel;

    /// <summary>Free text.</summary>
    public string Description => _last.Schema.Description;

    /// <summary>Whether Milvus makes the primary keys.</summary>
    public bool AutoId { get; }

    /// <summary>Whether rows may have fields that the schema does not name.</summary>
    public bool HasDynamicField { get; }

    /// <summary>Whether one field decides each row's partition.</summary>
    public bool HasPartitionKey { get; }

    /// <summary>num_partitions to create it with: the number of <c>_default_N</c> partitions of a partition-key collection, else 0.</summary>
    public int PartitionKeyPartitions { get; internal init; }

    /// <summary>False when part of the schema is gone from etcd; happens only to dropped collections that are being garbage-collected.</summary>
    public bool IsComplete { get; }

    /// <summary>Dropped ones too, in order of creation, then id.</summary>
    public IReadOnlyList<SourcePartition> Partitions { get; internal init; } = [];

    /// <summary>Whether it existed at a timestamp.</summary>
    public bool ExistsAt(ulong at) => CreatedAt <= at && (DroppedAt is null || at < DroppedAt);

    /// <summary>Name at a timestamp; outside of its life the nearest known.</summary>
    public string NameAt(ulong at) => ShapeAt(at).Name;

    /// <summary>Database at a timestamp; outside of its life the nearest known.</summary>
    public long DatabaseIdAt(ulong at) => ShapeAt(at).DatabaseId;

    /// <summary>Properties at a timestamp, for example <c>collection.ttl.seconds</c>; outside of its life the nearest known.</summary>
    public IReadOnlyDictionary<string, string> PropertiesAt(ulong at) => ShapeAt(at).Properties;

    /// <summary>The schema to create it with, under the name that it had at a timestamp. A copy that the caller owns.</summary>
    public CollectionSchema SchemaAt(ulong at)
    {
        var schema = new CollectionSchema { Name = NameAt(at), Description = Description, AutoID = AutoId, EnableDynamicField = HasDynamicField };
        schema.Fields.Add(Fields.Select(field => field.Clone()));
        schema.Functions.Add(Functions.Select(function => function.Clone()));
        return schema;
    }

    /// <summary>When its record was written again while it existed, in order.</summary>
    internal IEnumerable<ulong> AlteredAt => _life.Points.Skip(1).Select(point => point.Timestamp);

    private CollectionShape ShapeAt(ulong at) => Lifetime<CollectionShape>.At(_life.Points, at);
}

/// <summary>What of a collection can change.</summary>
internal sealed record CollectionShape(long DatabaseId, string Name, IReadOnlyDictionary<string, string> Properties);
