using System.Buffers.Binary;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>The fixed head of a record batch, format 2. Everything after it stays as the producer made it, compressed or not.</summary>
internal readonly record struct BatchHeader(
    long BaseOffset, int Size, int LastOffsetDelta, short Attributes, long FirstTimestamp, long MaxTimestamp,
    long ProducerId, short ProducerEpoch, int BaseSequence, int Count)
{
    /// <summary>Bytes of the head.</summary>
    public const int Length = 61;

    // Base offset and length: not counted by the length field.
    private const int Uncounted = 12;
    private const int LeaderEpochAt = 12;
    private const int MagicAt = 16;
    private const int CrcAt = 17;
    private const int CheckedFrom = 21;

    public long NextOffset => BaseOffset + LastOffsetDelta + 1;

    public bool IsCompressed => (Attributes & 7) != 0;

    /// <summary>Reads the head at the start of <paramref name="bytes"/>; false when no batch of format 2 can begin there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < Length || bytes[MagicAt] != 2)
        {
            return false;
        }

        int counted = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        int lastDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[23..]);
        if (counted < Length - Uncounted || counted > int.MaxValue - Uncounted || lastDelta < 0)
        {
            return false;
        }

        header = new BatchHeader(
            BinaryPrimitives.ReadInt64BigEndian(bytes),
            counted + Uncounted,
            lastDelta,
            BinaryPrimitives.ReadInt16BigEndian(bytes[21..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[27..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[35..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[43..]),
            BinaryPrimitives.ReadInt16BigEndian(bytes[51..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[53..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[57..]));
        return true;
    }

    /// <summary>Whether the checksum of the batch, which <paramref name="batch"/> holds exactly, is right.</summary>
    public static bool ChecksumHolds(ReadOnlySpan<byte> batch)
        => BinaryPrimitives.ReadUInt32BigEndian(batch[CrcAt..]) == Crc32C.Compute(batch[CheckedFrom..]);

    /// <summary>Gives the batch its place in the log. The checksum does not cover what is written here.</summary>
    public static void Place(Span<byte> batch, long baseOffset)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], 0);
    }

    /// <summary>Writes the head of an uncompressed batch of the broker's own and its checksum over what follows.</summary>
    public static void Write(Span<byte> batch, int count, long firstTimestamp, long maxTimestamp)
    {
        batch[..Length].Clear();
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], batch.Length - Uncounted);
        batch[MagicAt] = 2;
        BinaryPrimitives.WriteInt32BigEndian(batch[23..], count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[27..], firstTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[35..], maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[43..], -1);
        BinaryPrimitives.WriteInt16BigEndian(batch[51..], -1);
        BinaryPrimitives.WriteInt32BigEndian(batch[53..], -1);
        BinaryPrimitives.WriteInt32BigEndian(batch[57..], count);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C.Compute(batch[CheckedFrom..]));
    }
}
