using System.Net.Sockets;

namespace MilvusCdc.Protocol.Grpc;

/// <summary>The time a call may live: until its deadline, until its caller cancels, or until its channel is closed. Tells afterwards which of them, or what else, ended it.</summary>
internal sealed class GrpcCallLife : IDisposable
{
    private readonly string method;
    private readonly string address;
    private readonly TimeSpan? deadline;
    private readonly CancellationToken caller;
    private readonly CancellationToken closing;
    private readonly CancellationTokenSource source;

    public GrpcCallLife(string method, string address, TimeSpan? deadline, CancellationToken caller, CancellationToken closing)
    {
        this.method = method;
        this.address = address;
        this.deadline = deadline;
        this.caller = caller;
        this.closing = closing;
        source = CancellationTokenSource.CreateLinkedTokenSource(caller, closing);
        if (deadline is { } limit)
        {
            source.CancelAfter(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        }

        Token = source.Token;
    }

    public CancellationToken Token { get; }

    /// <summary>Whether an exception of HttpClient is the call's fault and not a defect of ours. A connection that is reset as soon as it is made comes as the bare <see cref="SocketException"/>.</summary>
    public static bool IsFault(Exception error) =>
        error is GrpcException or OperationCanceledException or HttpRequestException or SocketException or IOException or ObjectDisposedException;

    /// <summary>The exception to throw instead.</summary>
    public Exception Explain(Exception error)
    {
        if (error is GrpcException known)
        {
            return known.At(method, address);
        }

        if (caller.IsCancellationRequested)
        {
            return new OperationCanceledException($"The call of {method} at {address} was cancelled.", error, caller);
        }

        if (closing.IsCancellationRequested)
        {
            return new GrpcException(GrpcStatus.Unavailable, "the channel was closed", error) { Method = method, Address = address };
        }

        // A broken stream right after the deadline is the server that gave up for the same reason.
        if (Token.IsCancellationRequested && deadline is { } limit)
        {
            return new GrpcException(GrpcStatus.DeadlineExceeded, $"no answer within {limit.TotalMilliseconds:0} ms", error) { Method = method, Address = address };
        }

        return error is OperationCanceledException { InnerException: TimeoutException timeout }
            ? new GrpcException(GrpcStatus.Unavailable, timeout.Message, error) { Method = method, Address = address }
            : GrpcFault.FromTransport(error).At(method, address);
    }

    /// <summary>Ends the call now; nothing when it is over.</summary>
    public void Cancel()
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A writer that is cancelled while the call is being disposed of.
        }
    }

    public void Dispose() => source.Dispose();
}
