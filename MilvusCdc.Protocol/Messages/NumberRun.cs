namespace MilvusCdc.Protocol.Messages;

/// <summary>A repeated number at the top level of a message (row timestamps, row ids): how many, and where when they lie in one packed run.</summary>
internal struct NumberRun()
{
    public ByteSpan Data { get; private set; }

    public long Count { get; private set; }

    /// <summary>At most one packed run and no number outside it.</summary>
    public bool IsPlain { get; private set; } = true;

    private bool _any;

    /// <summary>Takes in the reader's current field.</summary>
    public void Add(ref WireReader reader, ReadOnlySpan<byte> message)
    {
        IsPlain &= !_any && reader.Kind == WireKind.Bytes;
        _any = true;
        if (reader.Kind == WireKind.Varint)
        {
            reader.ReadVarint();
            Count++;
            return;
        }

        Data = reader.ReadBytes();
        int count = PackedNumbers.Count(Data.Of(message));
        Count += count != PackedNumbers.NotNumbers ? count : throw reader.Malformed("the packed numbers are cut off or longer than 64 bits");
    }
}
