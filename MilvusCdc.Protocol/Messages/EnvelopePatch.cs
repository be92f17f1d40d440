using System.Text;

namespace MilvusCdc.Protocol.Messages;

/// <summary>The values to put into a message's outside; null leaves what is there, "" and 0 remove the field (proto3's zero).
/// One patch serves every message of a route: fields that a message's type does not have are passed over.</summary>
public sealed record EnvelopePatch(
    string? ShardName = null,
    string? DbName = null,
    string? CollectionName = null,
    string? PartitionName = null,
    long? CollectionId = null,
    long? PartitionId = null,
    long? MsgId = null)
{
    /// <summary>Changes nothing.</summary>
    public static EnvelopePatch None { get; } = new();

    internal bool Touches(Slot slot) => slot is Slot.CollectionId or Slot.PartitionId ? NumberOf(slot) is not null : TextOf(slot) is not null;

    internal string? TextOf(Slot slot) => slot switch
    {
        Slot.ShardName => ShardName,
        Slot.DbName => DbName,
        Slot.CollectionName => CollectionName,
        Slot.PartitionName => PartitionName,
        _ => null,
    };

    internal long? NumberOf(Slot slot) => slot switch
    {
        Slot.CollectionId => CollectionId,
        Slot.PartitionId => PartitionId,
        _ => null,
    };

    /// <summary>At least as many bytes as all new fields take.</summary>
    internal int SizeLimit() => Limit(ShardName) + Limit(DbName) + Limit(CollectionName) + Limit(PartitionName) + 64;

    private static int Limit(string? text) => text is null ? 0 : Encoding.UTF8.GetMaxByteCount(text.Length) + 6;
}
