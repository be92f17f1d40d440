using System.Buffers.Binary;
using System.Text;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>Reads one request frame, big-endian. Throws <see cref="InvalidDataException"/> when the frame is too short for what is read.</summary>
internal sealed class WireReader(Memory<byte> frame)
{
    private int _at;

    public bool Bool() => Take(1)[0] != 0;

    public sbyte Int8() => (sbyte)Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public string? String()
    {
        short length = Int16();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>A slice of the frame itself; empty for null.</summary>
    public Memory<byte> Bytes()
    {
        int length = Int32();
        if (length <= 0)
        {
            return default;
        }

        Take(length);
        return frame.Slice(_at - length, length);
    }

    /// <summary>The length of an array, or −1 for null.</summary>
    public int Count()
    {
        int count = Int32();
        return count <= frame.Length ? count : throw TooShort();
    }

    private Span<byte> Take(int length)
    {
        if (length > frame.Length - _at)
        {
            throw TooShort();
        }

        _at += length;
        return frame.Span.Slice(_at - length, length);
    }

    private static InvalidDataException TooShort() => new("the request ends too early");
}
