using Google.Protobuf;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>An open call with messages in both directions. One reader at a time; writers wait for each other. Dispose ends it, wherever it stands.</summary>
public sealed class GrpcDuplexCall<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly GrpcCallLife life;
    private readonly GrpcDuplexContent content;
    private readonly Stream sent;
    private readonly HttpResponseMessage response;
    private readonly Stream received;
    private readonly MessageParser<TResponse> parser;
    private readonly int maxReceiveBytes;
    private readonly SemaphoreSlim writing = new(1);
    private readonly CancellationTokenRegistration atEndOfLife;
    private int disposed;

    internal GrpcDuplexCall(
        GrpcCallLife life, GrpcDuplexContent content, Stream sent, HttpResponseMessage response, Stream received, MessageParser<TResponse> parser, int maxReceiveBytes)
    {
        this.life = life;
        this.content = content;
        this.sent = sent;
        this.response = response;
        this.received = received;
        this.parser = parser;
        this.maxReceiveBytes = maxReceiveBytes;

        // HttpClient forgets the token of a call whose headers have come; the reset that tells the server comes from the response's end.
        atEndOfLife = life.Token.UnsafeRegister(static state => ((HttpResponseMessage)state!).Dispose(), response);
    }

    /// <summary>Sends one message. A write that was cancelled half-way ends the call.</summary>
    public async Task WriteAsync(TRequest message, CancellationToken cancellation)
    {
        byte[] frame = Frame(message);
        await writing.WaitAsync(cancellation);
        try
        {
            await sent.WriteAsync(frame, cancellation);
            await sent.FlushAsync(cancellation);
        }
        catch (Exception e) when (GrpcCallLife.IsFault(e) && !cancellation.IsCancellationRequested)
        {
            throw life.Explain(e);
        }
        catch (OperationCanceledException)
        {
            life.Cancel();
            throw;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>The server's next message; null when the server has ended the call with OK. A read that was cancelled half-way leaves the call unusable.</summary>
    public async Task<TResponse?> ReadAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(life.Token, cancellation);
        try
        {
            TResponse? message = await GrpcFrame.ReadAsync(received, parser, maxReceiveBytes, both.Token);
            if (message is null)
            {
                GrpcFault.CheckTrailers(response);
            }

            return message;
        }
        catch (OperationCanceledException e) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
        catch (Exception e) when (GrpcCallLife.IsFault(e))
        {
            throw life.Explain(e);
        }
    }

    /// <summary>Says that no more messages will be sent; the server's may still come.</summary>
    public async Task CompleteAsync()
    {
        await writing.WaitAsync(life.Token);
        content.Complete();
        writing.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        // First the reset, then the end of the request: the server must not take this for an orderly end.
        response.Dispose();
        life.Cancel();
        content.Complete();
        atEndOfLife.Dispose();
        life.Dispose();
    }

    internal static byte[] Frame(TRequest message)
    {
        int size = message.CalculateSize();
        byte[] frame = new byte[GrpcFrame.HeadSize + size];
        GrpcFrame.WriteHead(frame, size);
        message.WriteTo(frame.AsSpan(GrpcFrame.HeadSize));
        return frame;
    }
}
