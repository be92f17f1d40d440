using System.Buffers.Binary;
using Google.Protobuf;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>One frame of Pulsar's protocol: a command and, behind a MESSAGE, the entry as it lies in the log. The bytes hold only until the next frame is read.</summary>
public readonly record struct Frame(BaseCommand Command, ReadOnlyMemory<byte> Entry);

/// <summary>Frames as bytes: <c>u32 total | u32 command size | command | entry</c>, big-endian; the total does not count itself.</summary>
public static class Frames
{
    /// <summary>What a frame may be longer than the broker's largest message.</summary>
    public const int Overhead = 10 << 10;

    /// <summary>Pulsar's own largest message, until a broker says otherwise.</summary>
    public const int DefaultMaxMessage = 5 << 20;

    private const int Head = 8;

    /// <summary>A frame without an entry.</summary>
    public static byte[] Write(BaseCommand command)
    {
        byte[] frame = new byte[Head + command.CalculateSize()];
        WriteHead(frame, command, 0);
        return frame;
    }

    /// <summary>The first part of a frame that is followed by <paramref name="entryLength"/> bytes of an entry.</summary>
    public static byte[] WriteHead(BaseCommand command, int entryLength)
    {
        byte[] head = new byte[Head + command.CalculateSize()];
        WriteHead(head, command, entryLength);
        return head;
    }

    private static void WriteHead(byte[] frame, BaseCommand command, int entryLength)
    {
        int size = frame.Length - Head;
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(4 + size + entryLength));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)size);
        command.WriteTo(frame.AsSpan(Head));
    }
}

/// <summary>Cuts a stream into frames.</summary>
public sealed class FrameReader(Stream stream)
{
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 << 10);
    private int _start;
    private int _end;

    /// <summary>The longest frame that is taken, without the four bytes of its length.</summary>
    public int Limit { get; set; } = Frames.DefaultMaxMessage + Frames.Overhead;

    /// <summary>The next frame; null when the other side has closed between two frames. Throws <see cref="InvalidDataException"/> for bytes that are none, <see cref="IOException"/> when it ends inside.</summary>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellation)
    {
        if (!await FillAsync(4, mayEnd: true, cancellation))
        {
            return null;
        }

        uint total = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (total > (uint)Limit || total < 4)
        {
            throw new FrameLimitException(total, Limit);
        }

        await FillAsync(4 + (int)total, mayEnd: false, cancellation);
        ReadOnlyMemory<byte> frame = _buffer.AsMemory(_start + 4, (int)total);
        _start += 4 + (int)total;
        uint size = BinaryPrimitives.ReadUInt32BigEndian(frame.Span);
        if (size > total - 4)
        {
            throw new InvalidDataException($"a command of {size} bytes in a frame of {total} bytes is not of Pulsar's protocol");
        }

        try
        {
            return new Frame(BaseCommand.Parser.ParseFrom(frame.Span.Slice(4, (int)size)), frame[(4 + (int)size)..]);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new InvalidDataException($"a command cannot be read: {broken.Message}", broken);
        }
    }

    private async ValueTask<bool> FillAsync(int wanted, bool mayEnd, CancellationToken cancellation)
    {
        if (_end - _start >= wanted)
        {
            return true;
        }

        if (_buffer.Length - _start < wanted)
        {
            byte[] target = wanted <= _buffer.Length ? _buffer : GC.AllocateUninitializedArray<byte>(Math.Max(wanted, Math.Min(_buffer.Length * 2, Limit + 4)));
            Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
            (_buffer, _end, _start) = (target, _end - _start, 0);
        }

        while (_end - _start < wanted)
        {
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
            {
                return mayEnd && _end == _start ? false : throw new IOException("the connection ended in the middle of a frame");
            }

            _end += read;
        }

        return true;
    }
}

/// <summary>A frame is longer than allowed.</summary>
public sealed class FrameLimitException(uint length, int limit) : IOException($"a frame of {length} bytes came; allowed are 4 to {limit}");
