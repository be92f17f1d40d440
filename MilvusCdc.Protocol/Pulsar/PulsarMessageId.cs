using Google.Protobuf;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// Positions as Pulsar's and Milvus's own clients write them: MessageIdData. They are compared as ledger, entry and index in the batch, never as bytes: each client leaves out other fields.
/// </summary>
public static class PulsarMessageId
{
    /// <summary>Before everything.</summary>
    public static LogPosition Earliest { get; } = new(-1, -1);

    /// <summary>The bytes that Milvus stores: all four fields, partition 0, and 0 for an entry that is no batch.</summary>
    public static byte[] ToBytes(LogPosition position) => new MessageIdData
    {
        LedgerId = (ulong)position.Ledger,
        EntryId = (ulong)position.Entry,
        Partition = 0,
        BatchIndex = Math.Max(0, position.Batch),
    }.ToByteArray();

    /// <summary>Reads an id of any client: a partition of −1, 0 or none is the same. Throws <see cref="FormatException"/> when the bytes are no Pulsar id.</summary>
    public static LogPosition FromBytes(ReadOnlySpan<byte> bytes)
    {
        MessageIdData id;
        try
        {
            id = MessageIdData.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw Wrong(bytes, broken);
        }

        LogPosition position = Of(id);
        bool earliest = position is { Ledger: -1, Entry: -1 };
        return id.HasLedgerId && id.HasEntryId && id.Partition <= 0 && (earliest || position is { Ledger: >= 0, Entry: >= 0 }) ? position : throw Wrong(bytes, null);
    }

    internal static LogPosition Of(MessageIdData id) => new((long)id.LedgerId, (long)id.EntryId, id.BatchIndex < 0 ? -1 : id.BatchIndex);

    internal static MessageIdData ToData(LogPosition entry) => new() { LedgerId = (ulong)entry.Ledger, EntryId = (ulong)entry.Entry };

    /// <summary>The entry alone, as the broker counts: without an index.</summary>
    internal static LogPosition EntryOf(LogPosition position) => position with { Batch = -1 };

    /// <summary>For comparing: an entry that is no batch and the first message of a batch are one place.</summary>
    internal static LogPosition Key(LogPosition position) => position.Batch < 0 ? position with { Batch = 0 } : position;

    /// <summary>What comes after a message: the place that a reader of it has reached.</summary>
    internal static LogPosition After(LogPosition position) =>
        position.Batch < 0 ? position with { Entry = position.Entry + 1 } : position with { Batch = position.Batch + 1 };

    private static FormatException Wrong(ReadOnlySpan<byte> bytes, Exception? inner) =>
        new($"a Pulsar message id is a MessageIdData with ledger and entry, not '{Convert.ToHexString(bytes)}'", inner);
}
