namespace MilvusCdc.Protocol.Grpc;

/// <summary>A gRPC call that did not end with OK. The message names the status, what was said, the method and the server.</summary>
public sealed class GrpcException(GrpcStatus status, string detail, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>What the server answered, or what the client makes of a broken connection.</summary>
    public GrpcStatus Status => status;

    /// <summary>The server's words (grpc-message), or the client's.</summary>
    public string Detail => base.Message;

    /// <summary>The method's path, <c>/package.Service/Method</c>, where known.</summary>
    public string? Method { get; init; }

    /// <summary>The server's <c>host:port</c>, where known.</summary>
    public string? Address { get; init; }

    /// <inheritdoc/>
    public override string Message => (Method, Address) switch
    {
        (null, null) => $"{NameOf(status)}: {Detail}",
        (null, _) => $"{NameOf(status)}: {Detail} (at {Address})",
        (_, null) => $"{NameOf(status)}: {Detail} ({Method})",
        _ => $"{NameOf(status)}: {Detail} ({Method} at {Address})",
    };

    /// <summary>The same fault, with method and address when it did not have them.</summary>
    internal GrpcException At(string method, string address) =>
        Method is not null ? this : new GrpcException(status, Detail, InnerException) { Method = method, Address = address };

    private static string NameOf(GrpcStatus status) => status switch
    {
        GrpcStatus.OK => "OK",
        GrpcStatus.Cancelled => "CANCELLED",
        GrpcStatus.Unknown => "UNKNOWN",
        GrpcStatus.InvalidArgument => "INVALID_ARGUMENT",
        GrpcStatus.DeadlineExceeded => "DEADLINE_EXCEEDED",
        GrpcStatus.NotFound => "NOT_FOUND",
        GrpcStatus.AlreadyExists => "ALREADY_EXISTS",
        GrpcStatus.PermissionDenied => "PERMISSION_DENIED",
        GrpcStatus.ResourceExhausted => "RESOURCE_EXHAUSTED",
        GrpcStatus.FailedPrecondition => "FAILED_PRECONDITION",
        GrpcStatus.Aborted => "ABORTED",
        GrpcStatus.OutOfRange => "OUT_OF_RANGE",
        GrpcStatus.Unimplemented => "UNIMPLEMENTED",
        GrpcStatus.Internal => "INTERNAL",
        GrpcStatus.Unavailable => "UNAVAILABLE",
        GrpcStatus.DataLoss => "DATA_LOSS",
        GrpcStatus.Unauthenticated => "UNAUTHENTICATED",
        _ => $"STATUS_{(int)status}",
    };
}
