using System.Buffers;
using System.Text;
using MilvusCdc.Protocol.Buffers;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Writes a protobuf message as a gather list: new bytes go into small scratch blocks, long slices of existing buffers are referred to.</summary>
/// <param name="capacity">Bytes of the first scratch block.</param>
internal sealed class PieceWriter(int capacity)
{
    /// <summary>Slices up to this long are copied: a list element costs more memory and time than they do.</summary>
    public const int CopyUpTo = 256;

    private const int LargestBlock = 64 * 1024;

    private readonly GatherList _pieces = new();
    private byte[] _block = new byte[capacity];
    private int _sent;
    private int _at;

    /// <summary>Bytes written so far.</summary>
    public long Length => _pieces.Length + (_at - _sent);

    /// <summary>How many bytes a number takes.</summary>
    public static int SizeOf(ulong value) => (70 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Bytes of a field with a number; numbers of fields here are below 2,048.</summary>
    public static int SizeOfNumber(int field, ulong value) => SizeOfTag(field) + SizeOf(value);

    /// <summary>Bytes of a length-delimited field with its tag.</summary>
    public static long SizeOfBytes(int field, long length) => SizeOfTag(field) + SizeOf((ulong)length) + length;

    public void Varint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _block[_at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _block[_at++] = (byte)value;
    }

    public void Number(int field, ulong value)
    {
        Tag(field, WireKind.Varint);
        Varint(value);
    }

    /// <summary>The tag and length of a field whose bytes follow.</summary>
    public void BytesHead(int field, long length)
    {
        Tag(field, WireKind.Bytes);
        Varint((ulong)length);
    }

    public void Text(int field, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        BytesHead(field, length);
        Reserve(length);
        _at += Encoding.UTF8.GetBytes(value, _block.AsSpan(_at));
    }

    /// <summary>Bytes that exist already.</summary>
    public void Slice(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= CopyUpTo)
        {
            Reserve(bytes.Length);
            bytes.Span.CopyTo(_block.AsSpan(_at));
            _at += bytes.Length;
            return;
        }

        Flush();
        _pieces.Add(bytes);
    }

    public ReadOnlySequence<byte> ToSequence()
    {
        Flush();
        return _pieces.ToSequence();
    }

    private static int SizeOfTag(int field) => SizeOf((ulong)field << 3);

    private void Tag(int field, WireKind kind) => Varint(((ulong)field << 3) | (ulong)kind);

    private void Reserve(int bytes)
    {
        if (_block.Length - _at >= bytes)
        {
            return;
        }

        Flush();
        _block = new byte[Math.Max(bytes, Math.Min(_block.Length * 2, LargestBlock))];
        _sent = 0;
        _at = 0;
    }

    private void Flush()
    {
        _pieces.Add(_block.AsMemory(_sent, _at - _sent));
        _sent = _at;
    }
}
