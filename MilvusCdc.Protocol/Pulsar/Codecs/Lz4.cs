using System.Runtime.InteropServices;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>LZ4 by the system's liblz4: one raw block without a frame, as Pulsar has it.</summary>
internal static partial class Lz4
{
    private static readonly Lazy<bool> Loaded = new(Load, LazyThreadSafetyMode.PublicationOnly);

    public static void Decompress(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        _ = Loaded.Value;
        int written = Decompress(packed, plain, packed.Length, plain.Length);
        Codec.Check(written == plain.Length, "its LZ4 block is damaged or does not give the stated number of bytes");
    }

    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        _ = Loaded.Value;
        byte[] packed = new byte[Bound(plain.Length)];
        int written = Compress(plain, packed, plain.Length, packed.Length);
        Codec.Check(written > 0, "liblz4 did not pack the bytes");
        return packed[..written];
    }

    private static bool Load()
    {
        SystemLibrary.Require(SystemLibrary.Lz4);
        return true;
    }

    [LibraryImport(SystemLibrary.Lz4, EntryPoint = "LZ4_decompress_safe")]
    private static partial int Decompress(ReadOnlySpan<byte> packed, Span<byte> plain, int packedSize, int plainSize);

    [LibraryImport(SystemLibrary.Lz4, EntryPoint = "LZ4_compress_default")]
    private static partial int Compress(ReadOnlySpan<byte> plain, Span<byte> packed, int plainSize, int packedSize);

    [LibraryImport(SystemLibrary.Lz4, EntryPoint = "LZ4_compressBound")]
    private static partial int Bound(int plainSize);
}
