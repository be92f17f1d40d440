namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>Finds a record by time inside one uncompressed batch.</summary>
internal static class RecordTimestamps
{
    /// <summary>The first record at or after <paramref name="timestampMs"/>; the batch's first for a compressed batch, which only the client can look into.</summary>
    public static (long Offset, long TimestampMs) FirstAtOrAfter(ReadOnlySpan<byte> batch, in BatchHeader header, long timestampMs)
    {
        if (header.IsCompressed)
        {
            return (header.BaseOffset, header.FirstTimestamp);
        }

        ReadOnlySpan<byte> rest = batch[BatchHeader.Length..];
        for (int i = 0; i < header.Count; i++)
        {
            int length = (int)ReadVarint(ref rest);
            ReadOnlySpan<byte> record = rest[1..length];
            rest = rest[length..];
            long timestamp = header.FirstTimestamp + ReadVarint(ref record);
            long offset = header.BaseOffset + ReadVarint(ref record);
            if (timestamp >= timestampMs)
            {
                return (offset, timestamp);
            }
        }

        return (header.BaseOffset, header.FirstTimestamp);
    }

    private static long ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        int at = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte one = bytes[at++];
            value |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80)
            {
                break;
            }
        }

        bytes = bytes[at..];
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
