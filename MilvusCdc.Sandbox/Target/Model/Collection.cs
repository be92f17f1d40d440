using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>A collection: what was asked for, where it lies, and what state it is in.</summary>
internal sealed class Collection
{
    public required long Id { get; init; }

    public required Database Database { get; set; }

    public required string Name { get; set; }

    public required CollectionSchema Schema { get; init; }

    public required ulong CreatedAt { get; init; }

    public required ConsistencyLevel Level { get; init; }

    public List<VirtualChannel> Shards { get; } = [];

    public List<Partition> Partitions { get; } = [];

    public List<CollectionIndex> Indexes { get; } = [];

    public List<KeyValuePair> Properties { get; } = [];

    public LoadRequest? Load { get; set; }

    public bool Dropped { get; set; }

    /// <summary>Partitions that were here: messages for them are late, not wrong.</summary>
    public HashSet<long> DroppedPartitions { get; } = [];

    /// <summary>Timestamp of the last Flush; 0: never flushed.</summary>
    public ulong FlushedAt { get; set; }

    public List<long> FlushedSegments { get; } = [];

    public FieldSchema PrimaryKey => Schema.Fields.First(f => f.IsPrimaryKey);

    public FieldSchema? PartitionKey => Schema.Fields.FirstOrDefault(f => f.IsPartitionKey);

    /// <summary>The hidden JSON column of a collection with a dynamic field. Its id follows those of the listed fields.</summary>
    public FieldSchema? Dynamic => !Schema.EnableDynamicField ? null : new FieldSchema
    {
        FieldID = 100 + Schema.Fields.Count,
        Name = Names.Dynamic,
        DataType = DataType.Json,
        IsDynamic = true,
    };

    /// <summary>Every column an Insert message must have.</summary>
    public IEnumerable<FieldSchema> Columns => Dynamic is { } dynamic ? Schema.Fields.Append(dynamic) : Schema.Fields;

    /// <summary>The tick every shard has reached.</summary>
    public ulong Tick => Shards.Min(s => s.Tick);

    public IEnumerable<RowVersion> Rows => Shards.SelectMany(s => s.Rows);

    /// <summary>Rows in flushed segments: deleted ones count until compaction, which never comes here.</summary>
    public long FlushedRows => FlushedAt == 0 || Tick <= FlushedAt ? 0 : Rows.LongCount(r => r.Timestamp <= FlushedAt);

    public Partition Partition(string name) => Partitions.FirstOrDefault(p => p.Name == name) ?? throw Refusal.NoPartition(name);

    public bool IsLoaded(Partition partition) => Load is { } load && load.Partitions.Contains(partition.Id);
}
