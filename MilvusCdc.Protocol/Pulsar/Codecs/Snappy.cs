using System.Buffers.Binary;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>Snappy's raw format: the plain length as a varint, then literals and copies of what came before.</summary>
internal static class Snappy
{
    private const string Damaged = "its Snappy block is damaged or does not give the stated number of bytes";

    public static void Decompress(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        Codec.Check(ReadLength(ref packed) == (uint)plain.Length, Damaged);
        int at = 0;
        while (packed.Length > 0)
        {
            int tag = Take(ref packed, 1)[0];
            if ((tag & 3) == 0)
            {
                int length = LiteralLength(tag >> 2, ref packed);
                Codec.Check(length > 0 && length <= plain.Length - at, Damaged);
                Take(ref packed, length).CopyTo(plain[at..]);
                at += length;
            }
            else
            {
                (int offset, int length) = ReadCopy(tag, ref packed);
                Codec.Check(offset > 0 && offset <= at && length <= plain.Length - at, Damaged);

                // Byte by byte: the copied piece may overlap what it makes.
                for (int end = at + length; at < end; at++)
                {
                    plain[at] = plain[at - offset];
                }
            }
        }

        Codec.Check(at == plain.Length, Damaged);
    }

    private static uint ReadLength(ref ReadOnlySpan<byte> packed)
    {
        uint length = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte one = Take(ref packed, 1)[0];
            length |= (uint)(one & 0x7F) << shift;
            if (one < 0x80)
            {
                return length;
            }
        }

        throw new InvalidDataException(Damaged);
    }

    // Up to 60 the length is in the tag; above, in the 1 to 4 bytes that follow.
    private static int LiteralLength(int stated, ref ReadOnlySpan<byte> packed)
    {
        if (stated < 60)
        {
            return stated + 1;
        }

        long length = 0;
        ReadOnlySpan<byte> bytes = Take(ref packed, stated - 59);
        for (int index = 0; index < bytes.Length; index++)
        {
            length |= (long)bytes[index] << (8 * index);
        }

        return length < int.MaxValue ? (int)length + 1 : throw new InvalidDataException(Damaged);
    }

    private static (int Offset, int Length) ReadCopy(int tag, ref ReadOnlySpan<byte> packed) => (tag & 3) switch
    {
        1 => (((tag >> 5) << 8) | Take(ref packed, 1)[0], ((tag >> 2) & 7) + 4),
        2 => (BinaryPrimitives.ReadUInt16LittleEndian(Take(ref packed, 2)), (tag >> 2) + 1),
        _ => (BinaryPrimitives.ReadInt32LittleEndian(Take(ref packed, 4)), (tag >> 2) + 1),
    };

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> packed, int count)
    {
        Codec.Check(count <= packed.Length, Damaged);
        ReadOnlySpan<byte> taken = packed[..count];
        packed = packed[count..];
        return taken;
    }
}
