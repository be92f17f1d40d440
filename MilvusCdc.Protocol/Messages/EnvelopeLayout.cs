using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Messages;

/// <summary>What a top-level field of a log message is to the scanner. The first six can be patched.</summary>
internal enum Slot : byte
{
    ShardName,
    DbName,
    CollectionName,
    PartitionName,
    CollectionId,
    PartitionId,
    SegmentId,
    RowCount,
    Timestamps,
    OldKeys,
    Base,
    OtherNumber,
    OtherNumbers,
    OtherBytes,
    Repeated,
    Unknown,
}

/// <summary>Which field number is what, by message type (<c>milvus-source-formats.md</c> §3.2). The index into a layout is the field number.</summary>
internal static class EnvelopeLayout
{
    /// <summary>How many slots can be patched: the first ones of <see cref="Slot"/>.</summary>
    public const int Patchable = 6;

    private static readonly Slot[] _insert =
    [
        Slot.Unknown, Slot.Base, Slot.ShardName, Slot.DbName, Slot.CollectionName, Slot.PartitionName, Slot.OtherNumber, Slot.CollectionId, Slot.PartitionId,
        Slot.SegmentId, Slot.Timestamps, Slot.OtherNumbers, Slot.Repeated, Slot.Repeated, Slot.RowCount, Slot.OtherNumber,
    ];

    private static readonly Slot[] _delete =
    [
        Slot.Unknown, Slot.Base, Slot.ShardName, Slot.DbName, Slot.CollectionName, Slot.PartitionName, Slot.OtherNumber, Slot.CollectionId, Slot.PartitionId,
        Slot.OldKeys, Slot.Timestamps, Slot.RowCount, Slot.OtherBytes, Slot.SegmentId,
    ];

    private static readonly Slot[] _createCollection =
    [
        Slot.Unknown, Slot.Base, Slot.DbName, Slot.CollectionName, Slot.PartitionName, Slot.OtherNumber, Slot.CollectionId, Slot.PartitionId,
        Slot.OtherBytes, Slot.Repeated, Slot.Repeated, Slot.OtherNumbers, Slot.Repeated, Slot.OtherBytes,
    ];

    private static readonly Slot[] _dropCollection = [Slot.Unknown, Slot.Base, Slot.DbName, Slot.CollectionName, Slot.OtherNumber, Slot.CollectionId];

    private static readonly Slot[] _partition =
    [
        Slot.Unknown, Slot.Base, Slot.DbName, Slot.CollectionName, Slot.PartitionName, Slot.OtherNumber, Slot.CollectionId, Slot.PartitionId,
    ];

    private static readonly Slot[] _import =
    [
        Slot.Unknown, Slot.Base, Slot.DbName, Slot.CollectionName, Slot.CollectionId, Slot.OtherNumbers, Slot.Repeated, Slot.Repeated, Slot.OtherBytes, Slot.OtherNumber,
    ];

    private static readonly Slot[] _headerOnly = [Slot.Unknown, Slot.Base];

    /// <summary>The layout of a type; types that carry no fields of ours have only their base.</summary>
    public static ReadOnlySpan<Slot> Of(MsgType type) => type switch
    {
        MsgType.Insert => _insert,
        MsgType.Delete => _delete,
        MsgType.CreateCollection => _createCollection,
        MsgType.DropCollection => _dropCollection,
        MsgType.CreatePartition or MsgType.DropPartition => _partition,
        MsgType.Import => _import,
        _ => _headerOnly,
    };

    /// <summary>What a field number is in a layout.</summary>
    public static Slot Find(ReadOnlySpan<Slot> layout, int number) => number < layout.Length ? layout[number] : Slot.Unknown;

    /// <summary>The field number of a slot, or 0 when the type has no such field.</summary>
    public static int NumberOf(ReadOnlySpan<Slot> layout, Slot slot) => Math.Max(layout.IndexOf(slot), 0);
}
