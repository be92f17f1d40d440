using System.Buffers;
using System.Globalization;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>The bytes of a letter in pieces: etcd takes requests of 1.5 MiB at most.</summary>
internal static class LetterChunks
{
    /// <summary>Bytes of one piece.</summary>
    public const int Size = 512 << 10;

    /// <summary>The keys and pieces of <paramref name="bytes"/>, in order.</summary>
    public static IEnumerable<(string Key, ReadOnlyMemory<byte> Piece)> Cut(string prefix, ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0, number = 0; at < bytes.Length; at += Size, number++)
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:D6}"), bytes.Slice(at, Math.Min(Size, bytes.Length - at)));
        }
    }

    /// <summary>All pieces under <paramref name="prefix"/>, put together.</summary>
    public static async Task<byte[]> ReadAsync(EtcdClient etcd, string prefix, CancellationToken cancellation)
    {
        // Few a page: an answer of etcd has a limit too.
        EtcdRange stored = await etcd.RangeAsync(prefix, new EtcdRangeOptions { PageSize = 2 }, cancellation);
        ArrayBufferWriter<byte> whole = new();
        foreach (EtcdKeyValue piece in stored.Items)
        {
            whole.Write(piece.Value.Span);
        }

        return whole.WrittenSpan.ToArray();
    }
}
