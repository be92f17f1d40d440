using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Counts and looks through packed varints without decoding them one by one where that can be avoided.</summary>
internal static class PackedNumbers
{
    /// <summary>What <see cref="Count"/> answers for bytes that are not a row of whole varints of at most 64 bits.</summary>
    public const int NotNumbers = -1;

    /// <summary>How many varints there are: as many as there are bytes without the continuation bit.</summary>
    public static int Count(ReadOnlySpan<byte> packed)
    {
        if (packed.IsEmpty)
        {
            return 0;
        }

        if (packed[^1] >= 0x80)
        {
            return NotNumbers;
        }

        int continued = 0;
        int at = 0;
        ulong window = 0;
        ref byte first = ref MemoryMarshal.GetReference(packed);
        for (; at <= packed.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            uint mask = Vector256.LoadUnsafe(ref first, (nuint)at).ExtractMostSignificantBits();
            continued += BitOperations.PopCount(mask);

            // The last 64 continuation bits, newest on top. Nine in a row may be a number that is too long: then look closely.
            window = (window >> 32) | ((ulong)mask << 32);
            ulong two = window & (window >> 1);
            ulong four = two & (two >> 2);
            ulong eight = four & (four >> 4);
            if ((eight & (window >> 8)) != 0)
            {
                return CountClosely(packed);
            }
        }

        int run = BitOperations.LeadingZeroCount(~window);
        for (; at < packed.Length; at++)
        {
            if (packed[at] < 0x80)
            {
                run = 0;
                continue;
            }

            continued++;
            if (++run >= 9)
            {
                return CountClosely(packed);
            }
        }

        return packed.Length - continued;
    }

    /// <summary>The byte at which the varint that follows <paramref name="numbers"/> varints begins. The bytes must have been counted before.</summary>
    public static int Skip(ReadOnlySpan<byte> packed, long numbers)
    {
        int at = 0;
        for (; numbers > 0; numbers--)
        {
            while (packed[at] >= 0x80)
            {
                at++;
            }

            at++;
        }

        return at;
    }

    private static int CountClosely(ReadOnlySpan<byte> packed)
    {
        int count = 0;
        int length = 0;
        foreach (byte part in packed)
        {
            length++;
            if (length > 10 || (length == 10 && part > 1))
            {
                return NotNumbers;
            }

            if (part < 0x80)
            {
                count++;
                length = 0;
            }
        }

        return length == 0 ? count : NotNumbers;
    }
}
