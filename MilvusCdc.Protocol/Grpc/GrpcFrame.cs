using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>A message on the wire: one flag byte (compressed or not), four bytes of length (big-endian), the bytes.</summary>
internal static class GrpcFrame
{
    public const int HeadSize = 5;

    public static void WriteHead(Span<byte> head, long length)
    {
        head[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], checked((uint)length));
    }

    /// <summary>The next message of a stream, parsed; null at the stream's end.</summary>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, int maxBytes, CancellationToken cancellation)
        where T : class, IMessage<T>
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(HeadSize);
        try
        {
            int got = await stream.ReadAtLeastAsync(buffer.AsMemory(0, HeadSize), HeadSize, throwOnEndOfStream: false, cancellation);
            if (got == 0)
            {
                return null;
            }

            int length = ReadHead(buffer.AsSpan(0, got), maxBytes);
            if (length > buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = [];
                buffer = ArrayPool<byte>.Shared.Rent(length);
            }

            got = await stream.ReadAtLeastAsync(buffer.AsMemory(0, length), length, throwOnEndOfStream: false, cancellation);
            return got == length ? Parse(parser, buffer.AsSpan(0, length)) : throw CutShort(length, got);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The next message of a request body in an array of its own; null at the body's end.</summary>
    public static async ValueTask<byte[]?> ReadAsync(PipeReader reader, int maxBytes, CancellationToken cancellation)
    {
        ReadResult head = await reader.ReadAtLeastAsync(HeadSize, cancellation);
        if (head.Buffer.IsEmpty)
        {
            return null;
        }

        int length = ReadHead(head.Buffer, maxBytes);
        byte[] message = GC.AllocateUninitializedArray<byte>(length);
        reader.AdvanceTo(head.Buffer.GetPosition(HeadSize));

        // Copied as it arrives, so that the sender's window opens again at once.
        for (int filled = 0; filled < length;)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            ReadOnlySequence<byte> part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, length - filled));
            if (part.IsEmpty && read.IsCompleted)
            {
                throw CutShort(length, filled);
            }

            part.CopyTo(message.AsSpan(filled));
            filled += (int)part.Length;
            reader.AdvanceTo(part.End);
        }

        return message;
    }

    public static async ValueTask WriteAsync<T>(PipeWriter writer, T message, CancellationToken cancellation)
        where T : IMessage<T>
    {
        WriteHead(writer.GetSpan(HeadSize), message.CalculateSize());
        writer.Advance(HeadSize);
        message.WriteTo(writer);
        await writer.FlushAsync(cancellation);
    }

    public static async ValueTask WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        WriteHead(writer.GetSpan(HeadSize), message.Length);
        writer.Advance(HeadSize);
        await writer.WriteAsync(message, cancellation);
    }

    public static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcStatus.Internal, $"a message of {bytes.Length} bytes is not a {typeof(T).Name}: {e.Message}", e);
        }
    }

    private static int ReadHead(ReadOnlySequence<byte> sequence, int maxBytes)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        sequence = sequence.Slice(0, Math.Min(HeadSize, sequence.Length));
        sequence.CopyTo(head);
        return ReadHead(head[..(int)sequence.Length], maxBytes);
    }

    private static int ReadHead(ReadOnlySpan<byte> head, int maxBytes)
    {
        if (head.Length < HeadSize)
        {
            throw CutShort(HeadSize, head.Length);
        }

        if (head[0] != 0)
        {
            throw new GrpcException(GrpcStatus.Unimplemented, "compressed messages are not supported");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        return length <= maxBytes
            ? (int)length
            : throw new GrpcException(GrpcStatus.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {maxBytes})");
    }

    private static GrpcException CutShort(int expected, int got) =>
        new(GrpcStatus.Internal, $"a message was cut short: {got} of {expected} bytes came");
}
