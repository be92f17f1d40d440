namespace MilvusCdc.Protocol.Grpc;

/// <summary>The status codes of gRPC.</summary>
public enum GrpcStatus
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The caller cancelled the call.</summary>
    Cancelled = 1,

    /// <summary>The server failed without saying how.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the server's state.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the answer came; the call may have had its effect.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for does not exist.</summary>
    NotFound = 5,

    /// <summary>What should be made exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or a size limit is spent.</summary>
    ResourceExhausted = 8,

    /// <summary>The server's state does not allow it now.</summary>
    FailedPrecondition = 9,

    /// <summary>The operation met another one.</summary>
    Aborted = 10,

    /// <summary>Outside of the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server does not know the method.</summary>
    Unimplemented = 12,

    /// <summary>The protocol was broken.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached, or not now.</summary>
    Unavailable = 14,

    /// <summary>Data is lost for good.</summary>
    DataLoss = 15,

    /// <summary>The caller is not known.</summary>
    Unauthenticated = 16,
}
