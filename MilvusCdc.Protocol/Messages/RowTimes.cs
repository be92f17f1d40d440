namespace MilvusCdc.Protocol.Messages;

/// <summary>Smallest and largest of the row timestamps, and how many there are.</summary>
internal struct RowTimes()
{
    public ulong Min { get; private set; } = ulong.MaxValue;

    public ulong Max { get; private set; }

    public long Count { get; private set; }

    /// <summary>Takes in the reader's current field: packed timestamps, or a single one.</summary>
    public void Add(ref WireReader reader, ReadOnlySpan<byte> message)
    {
        if (reader.Kind == WireKind.Varint)
        {
            Take(reader.ReadVarint(), 1);
            return;
        }

        ByteSpan packed = reader.ReadBytes();
        if (packed.Length == 0)
        {
            return;
        }

        WireReader numbers = new(message, packed, "timestamps");
        ulong first = numbers.ReadVarint();
        int width = numbers.Position - packed.Start;

        // The rows of one client call share one timestamp: then the bytes equal themselves shifted by one number, and one memory comparison settles all of them.
        ReadOnlySpan<byte> bytes = packed.Of(message);
        if (packed.Length % width == 0 && bytes[..^width].SequenceEqual(bytes[width..]))
        {
            Take(first, packed.Length / width);
            return;
        }

        Take(first, 1);
        while (numbers.Position < packed.End)
        {
            Take(numbers.ReadVarint(), 1);
        }
    }

    private void Take(ulong timestamp, long times)
    {
        Min = Math.Min(Min, timestamp);
        Max = Math.Max(Max, timestamp);
        Count += times;
    }
}
