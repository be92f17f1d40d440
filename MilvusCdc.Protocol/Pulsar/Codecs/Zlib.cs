using System.IO.Compression;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>ZLIB by .NET.</summary>
internal static class Zlib
{
    public static void Decompress(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        using MemoryStream source = new(packed.ToArray());
        using ZLibStream stream = new(source, CompressionMode.Decompress);
        try
        {
            stream.ReadExactly(plain);
            Codec.Check(stream.ReadByte() < 0, "its ZLIB stream gives more than the stated number of bytes");
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException("its ZLIB stream gives fewer than the stated number of bytes");
        }
    }

    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.Fastest))
        {
            stream.Write(plain);
        }

        return packed.ToArray();
    }
}
