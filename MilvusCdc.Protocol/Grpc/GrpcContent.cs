using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>A request body of one message.</summary>
internal sealed class GrpcMessageContent<T> : HttpContent
    where T : IMessage<T>
{
    private readonly T message;
    private readonly int size;

    public GrpcMessageContent(T message)
    {
        this.message = message;
        size = message.CalculateSize();
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = GrpcFrame.HeadSize + size;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        int length = GrpcFrame.HeadSize + size;
        byte[] frame = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            GrpcFrame.WriteHead(frame, size);
            message.WriteTo(frame.AsSpan(GrpcFrame.HeadSize, size));
            await stream.WriteAsync(frame.AsMemory(0, length), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }
}

/// <summary>A request body of one message that is already bytes, in pieces. Large pieces go to the stream as they are; small ones are collected, since each write becomes an HTTP/2 frame.</summary>
internal sealed class GrpcSequenceContent : HttpContent
{
    private const int SmallPiece = 4 << 10;
    private const int CollectedBytes = 16 << 10;
    private readonly ReadOnlySequence<byte> body;

    public GrpcSequenceContent(ReadOnlySequence<byte> body)
    {
        this.body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = GrpcFrame.HeadSize + body.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] collected = ArrayPool<byte>.Shared.Rent(CollectedBytes);
        try
        {
            GrpcFrame.WriteHead(collected, body.Length);
            int used = GrpcFrame.HeadSize;
            foreach (ReadOnlyMemory<byte> piece in body)
            {
                bool small = piece.Length <= SmallPiece;
                if (used > 0 && (!small || used + piece.Length > collected.Length))
                {
                    await stream.WriteAsync(collected.AsMemory(0, used), cancellationToken);
                    used = 0;
                }

                if (small)
                {
                    piece.CopyTo(collected.AsMemory(used));
                    used += piece.Length;
                }
                else
                {
                    await stream.WriteAsync(piece, cancellationToken);
                }
            }

            if (used > 0)
            {
                await stream.WriteAsync(collected.AsMemory(0, used), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(collected);
        }
    }
}

/// <summary>A request body that stays open: it sends its first message at once (grpc-go sends no headers before), then lends out its stream until it is completed.</summary>
internal sealed class GrpcDuplexContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> firstFrame;
    private readonly TaskCompletionSource<Stream> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GrpcDuplexContent(ReadOnlyMemory<byte> firstFrame)
    {
        this.firstFrame = firstFrame;
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    /// <summary>The stream to write to; comes once the first message is sent.</summary>
    public Task<Stream> Stream => opened.Task;

    /// <summary>Ends the request: the server sees the end of the stream.</summary>
    public void Complete() => completed.TrySetResult();

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(firstFrame, cancellationToken);
        await stream.FlushAsync(cancellationToken);

        // A second attempt on another connection could not repeat what was written since.
        if (!opened.TrySetResult(stream))
        {
            throw new IOException("the connection was closed while the call was open");
        }

        await completed.Task.WaitAsync(cancellationToken);
    }
}
