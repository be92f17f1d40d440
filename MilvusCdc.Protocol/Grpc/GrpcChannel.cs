using System.Buffers;
using System.Net;
using Google.Protobuf;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>
/// A gRPC client for one server over HttpClient's HTTP/2; connects when it is first used, and again after a break. Safe for many callers at a time.
/// Every method throws <see cref="GrpcException"/> when the call does not end with OK (a passed deadline is DEADLINE_EXCEEDED, a broken connection UNAVAILABLE),
/// and <see cref="OperationCanceledException"/> when the caller's token is cancelled.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly GrpcChannelOptions options;
    private readonly HttpMessageInvoker http;
    private readonly CancellationTokenSource closing = new();
    private readonly CancellationToken closed;
    private int disposed;

    /// <summary>Opens nothing yet. Throws when the address or a TLS file is unusable.</summary>
    public GrpcChannel(GrpcChannelOptions options)
    {
        this.options = options;
        Address = $"{options.Address.Host}:{options.Address.Port}";
        http = GrpcHttp.Create(options);
        closed = closing.Token;
    }

    /// <summary>The server's <c>host:port</c>.</summary>
    public string Address { get; }

    /// <summary>One message there, one message back.</summary>
    /// <param name="method">The path, <c>/package.Service/Method</c>.</param>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(
        string method, TRequest request, MessageParser<TResponse> parser, GrpcCallOptions call, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        UnaryAsync(method, new GrpcMessageContent<TRequest>(request), parser, call, cancellation);

    /// <summary>One message there, given as its serialized bytes in pieces that are never copied into one array; one message back. The pieces must stay unchanged until the task has ended.</summary>
    public Task<TResponse> UnaryAsync<TResponse>(
        string method, ReadOnlySequence<byte> body, MessageParser<TResponse> parser, GrpcCallOptions call, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse> =>
        UnaryAsync(method, new GrpcSequenceContent(body), parser, call, cancellation);

    /// <summary>
    /// Opens a call with messages in both directions, sends <paramref name="first"/> and waits for the server's headers.
    /// <paramref name="cancellation"/> ends the whole call, not only its opening.
    /// </summary>
    public async Task<GrpcDuplexCall<TRequest, TResponse>> DuplexAsync<TRequest, TResponse>(
        string method, TRequest first, MessageParser<TResponse> parser, GrpcCallOptions call, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        GrpcCallLife life = new(method, Address, call.Deadline, cancellation, closed);
        GrpcDuplexContent content = new(GrpcDuplexCall<TRequest, TResponse>.Frame(first));
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(NewRequest(method, content, call), life.Token);
            GrpcFault.CheckHead(response);
            Stream received = await response.Content.ReadAsStreamAsync(life.Token);
            Stream sent = await content.Stream.WaitAsync(life.Token);
            return new GrpcDuplexCall<TRequest, TResponse>(life, content, sent, response, received, parser, options.MaxReceiveBytes);
        }
        catch (Exception e) when (GrpcCallLife.IsFault(e))
        {
            Exception fault = life.Explain(e);
            response?.Dispose();
            content.Complete();
            life.Dispose();
            throw fault;
        }
    }

    /// <summary>Closes the connections; running calls end with UNAVAILABLE.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        // HttpClient alone lets the streams that are open run on.
        closing.Cancel();
        http.Dispose();
        closing.Dispose();
    }

    private async Task<TResponse> UnaryAsync<TResponse>(
        string method, HttpContent content, MessageParser<TResponse> parser, GrpcCallOptions call, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        using GrpcCallLife life = new(method, Address, call.Deadline, cancellation, closed);
        try
        {
            using HttpRequestMessage request = NewRequest(method, content, call);
            using HttpResponseMessage response = await http.SendAsync(request, life.Token);
            GrpcFault.CheckHead(response);
            await using Stream stream = await response.Content.ReadAsStreamAsync(life.Token);
            TResponse? answer = await GrpcFrame.ReadAsync(stream, parser, options.MaxReceiveBytes, life.Token);
            if (answer is not null && await GrpcFrame.ReadAsync(stream, parser, options.MaxReceiveBytes, life.Token) is not null)
            {
                throw new GrpcException(GrpcStatus.Internal, "the server answered with more than one message");
            }

            GrpcFault.CheckTrailers(response);
            return answer ?? throw new GrpcException(GrpcStatus.Internal, "the server answered with no message");
        }
        catch (Exception e) when (GrpcCallLife.IsFault(e))
        {
            throw life.Explain(e);
        }
    }

    private HttpRequestMessage NewRequest(string method, HttpContent content, GrpcCallOptions call)
    {
        HttpRequestMessage request = new(HttpMethod.Post, new Uri(options.Address, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "MilvusCdc");
        if (options.Address.Scheme == "https" && options.ServerName is { } name)
        {
            // HttpClient checks the certificate against this header; a TargetHost of the TLS options it overwrites.
            request.Headers.Host = name;
        }

        if (call.Deadline is { } deadline)
        {
            request.Headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Format(deadline));
        }

        foreach ((string header, string value) in call.Metadata ?? [])
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        return request;
    }
}
