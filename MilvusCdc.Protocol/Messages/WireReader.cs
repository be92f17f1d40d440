namespace MilvusCdc.Protocol.Messages;

/// <summary>A stretch of a message, in bytes from its start.</summary>
internal readonly record struct ByteSpan(int Start, int Length)
{
    public int End => Start + Length;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message) => message.Slice(Start, Length);

    public ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> message) => message.Slice(Start, Length);
}

/// <summary>The four wire types that proto3 writes; groups are refused.</summary>
internal enum WireKind : byte
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Walks the fields of one (nested) protobuf message inside a buffer, as strictly as Go's parser does, and in positions of the whole buffer, so that what it finds can be sliced.
/// Every defect is a <see cref="MalformedMessageException"/>.
/// </summary>
/// <param name="message">The whole buffer.</param>
/// <param name="within">The part to walk.</param>
/// <param name="what">Its name in errors.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message, ByteSpan within, string what)
{
    private const int LargestFieldNumber = (1 << 29) - 1;

    private readonly ReadOnlySpan<byte> _message = message[..within.End];
    private int _at = within.Start;

    /// <summary>Where the current field's tag begins.</summary>
    public int FieldStart { get; private set; }

    /// <summary>The current field's number.</summary>
    public int Number { get; private set; }

    /// <summary>The current field's wire type.</summary>
    public WireKind Kind { get; private set; }

    /// <summary>The next byte to be read: behind the current field once its value was read or skipped.</summary>
    public readonly int Position => _at;

    /// <summary>Reads the next field's tag. False at the end.</summary>
    public bool TryReadTag()
    {
        if (_at >= _message.Length)
        {
            return false;
        }

        FieldStart = _at;
        Number = 0;
        ulong tag = ReadVarint();
        ulong number = tag >> 3;
        if (number is 0 or > LargestFieldNumber)
        {
            throw Malformed($"field number {number} is outside 1 to {LargestFieldNumber}");
        }

        Number = (int)number;
        Kind = (WireKind)(tag & 7);
        return Kind is WireKind.Varint or WireKind.Fixed64 or WireKind.Bytes or WireKind.Fixed32
            ? true
            : throw Malformed($"wire type {(int)Kind} (groups and reserved types are not allowed)");
    }

    /// <summary>Reads a number of up to 64 bits; of the current field, or wherever the reader stands.</summary>
    public ulong ReadVarint()
    {
        int at = _at;
        if (at < _message.Length && _message[at] < 0x80)
        {
            _at = at + 1;
            return _message[at];
        }

        return ReadLongVarint();
    }

    /// <summary>The current field's value, which must be a number.</summary>
    public ulong ReadNumber()
    {
        Expect(WireKind.Varint);
        return ReadVarint();
    }

    /// <summary>The current field's value, which must be bytes, text or a message: where it lies.</summary>
    public ByteSpan ReadBytes()
    {
        Expect(WireKind.Bytes);
        ulong length = ReadVarint();
        if (length > (ulong)(_message.Length - _at))
        {
            throw Malformed($"it announces {length} bytes, {_message.Length - _at} are left");
        }

        ByteSpan span = new(_at, (int)length);
        _at = span.End;
        return span;
    }

    /// <summary>Passes over the current field's value.</summary>
    public void Skip()
    {
        switch (Kind)
        {
            case WireKind.Varint:
                ReadVarint();
                break;
            case WireKind.Bytes:
                ReadBytes();
                break;
            case WireKind.Fixed32:
                SkipFixed(4);
                break;
            default:
                SkipFixed(8);
                break;
        }
    }

    /// <summary>Throws unless the current field has this wire type.</summary>
    public readonly void Expect(WireKind kind)
    {
        if (Kind != kind)
        {
            throw Malformed($"wire type {(int)Kind} where {(int)kind} is due");
        }
    }

    /// <summary>The error to throw for the current field.</summary>
    public readonly MalformedMessageException Malformed(string problem) =>
        new($"{what}, field {Number}, byte {FieldStart}: {problem}", Number, FieldStart);

    private void SkipFixed(int bytes)
    {
        if (_message.Length - _at < bytes)
        {
            throw Malformed($"it needs {bytes} bytes, {_message.Length - _at} are left");
        }

        _at += bytes;
    }

    private ulong ReadLongVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_at >= _message.Length)
            {
                throw Malformed("the message ends inside a number");
            }

            byte part = _message[_at++];
            if (shift == 63 && part > 1)
            {
                break;
            }

            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Malformed("a number is longer than 64 bits");
    }
}
