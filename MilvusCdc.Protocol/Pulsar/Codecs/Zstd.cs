using System.Runtime.InteropServices;

namespace MilvusCdc.Protocol.Pulsar.Codecs;

/// <summary>Zstandard by the system's libzstd: .NET has none of its own.</summary>
internal static partial class Zstd
{
    private const int FastestLevel = 1;
    private static readonly Lazy<bool> Loaded = new(Load, LazyThreadSafetyMode.PublicationOnly);

    [ThreadStatic]
    private static nint t_context;

    public static void Decompress(ReadOnlySpan<byte> packed, Span<byte> plain)
    {
        _ = Loaded.Value;

        // One context a thread: making one costs more than a small message.
        if (t_context == 0)
        {
            t_context = CreateContext();
        }

        nuint written = Decompress(t_context, plain, (nuint)plain.Length, packed, (nuint)packed.Length);
        Codec.Check(IsError(written) == 0, "its ZSTD frame is damaged");
        Codec.Check(written == (nuint)plain.Length, "its ZSTD frame does not give the stated number of bytes");
    }

    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        _ = Loaded.Value;
        byte[] packed = new byte[(int)Bound((nuint)plain.Length)];
        nuint written = Compress(packed, (nuint)packed.Length, plain, (nuint)plain.Length, FastestLevel);
        Codec.Check(IsError(written) == 0, "libzstd did not pack the bytes");
        return packed[..(int)written];
    }

    private static bool Load()
    {
        SystemLibrary.Require(SystemLibrary.Zstd);
        return true;
    }

    [LibraryImport(SystemLibrary.Zstd, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateContext();

    [LibraryImport(SystemLibrary.Zstd, EntryPoint = "ZSTD_decompressDCtx")]
    private static partial nuint Decompress(nint context, Span<byte> plain, nuint plainSize, ReadOnlySpan<byte> packed, nuint packedSize);

    [LibraryImport(SystemLibrary.Zstd, EntryPoint = "ZSTD_compress")]
    private static partial nuint Compress(Span<byte> packed, nuint packedSize, ReadOnlySpan<byte> plain, nuint plainSize, int level);

    [LibraryImport(SystemLibrary.Zstd, EntryPoint = "ZSTD_compressBound")]
    private static partial nuint Bound(nuint plainSize);

    [LibraryImport(SystemLibrary.Zstd, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);
}
