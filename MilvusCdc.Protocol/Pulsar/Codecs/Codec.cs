using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>Takes the payload of an entry out of its compression, and puts one in.</summary>
public static class Codec
{
    /// <summary>
    /// Throws <see cref="InvalidDataException"/> when the bytes are damaged or do not give exactly <paramref name="size"/> bytes, <see cref="SourceLogException"/> when a library
    /// of the system is missing.
    /// </summary>
    public static byte[] Decompress(CompressionType compression, ReadOnlySpan<byte> packed, int size)
    {
        byte[] plain = GC.AllocateUninitializedArray<byte>(size);
        switch (compression)
        {
            case CompressionType.None:
                Check(packed.Length == size, "its length is not the stated one");
                packed.CopyTo(plain);
                break;
            case CompressionType.Zstd:
                Zstd.Decompress(packed, plain);
                break;
            case CompressionType.Lz4:
                Lz4.Decompress(packed, plain);
                break;
            case CompressionType.Zlib:
                Zlib.Decompress(packed, plain);
                break;
            case CompressionType.Snappy:
                Snappy.Decompress(packed, plain);
                break;
            default:
                throw new InvalidDataException($"compression {(int)compression} is not known");
        }

        return plain;
    }

    /// <summary>The reverse; for stand-ins and tests. Snappy is not offered. Throws <see cref="SourceLogException"/> when a library of the system is missing.</summary>
    public static byte[] Compress(CompressionType compression, ReadOnlySpan<byte> plain) => compression switch
    {
        CompressionType.None => plain.ToArray(),
        CompressionType.Zstd => Zstd.Compress(plain),
        CompressionType.Lz4 => Lz4.Compress(plain),
        CompressionType.Zlib => Zlib.Compress(plain),
        _ => throw new NotSupportedException($"compression {compression} is not offered"),
    };

    internal static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}
