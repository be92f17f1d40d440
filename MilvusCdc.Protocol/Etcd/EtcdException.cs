using MilvusCdc.Protocol.Grpc;

namespace MilvusCdc.Protocol.Etcd;

/// <summary>What kind of trouble etcd made.</summary>
public enum EtcdFaultKind
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>No member can be reached, or the cluster is changing its leader.</summary>
    Unavailable,

    /// <summary>User or password are wrong or missing.</summary>
    Unauthenticated,

    /// <summary>The user may not do this.</summary>
    PermissionDenied,

    /// <summary>The request is wrong.</summary>
    InvalidArgument,

    /// <summary>The request or the answer is larger than a message may be.</summary>
    TooLarge,

    /// <summary>The member has no leader: the cluster has lost its majority.</summary>
    NoLeader,

    /// <summary>The wanted revision was compacted away.</summary>
    Compacted,

    /// <summary>No answer in time. A write may have happened.</summary>
    DeadlineExceeded,

    /// <summary>The lease does not exist (any more).</summary>
    LeaseNotFound,

    /// <summary>The store's revision lies before one that was seen already: its data was restored or replaced, so the keys must be read again.</summary>
    StoreReplaced,
}

/// <summary>An operation on etcd failed. The message is one sentence with the endpoint and the operation.</summary>
public class EtcdException(EtcdFaultKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of trouble it is.</summary>
    public EtcdFaultKind Kind => kind;

    internal static EtcdException From(GrpcException error, string endpoint, string operation)
    {
        EtcdFaultKind kind = KindOf(error);
        string sentence = kind switch
        {
            EtcdFaultKind.Unavailable => $"etcd at {endpoint} cannot be reached for {operation}: {error.Detail}",
            EtcdFaultKind.DeadlineExceeded => $"etcd at {endpoint} did not answer {operation} in time: {error.Detail}",
            _ => $"etcd at {endpoint} refused {operation}: {error.Detail}",
        };
        return new EtcdException(kind, sentence, error);
    }

    private static EtcdFaultKind KindOf(GrpcException error) => error.Status switch
    {
        GrpcStatus.Unavailable when Says(error, "no leader") => EtcdFaultKind.NoLeader,
        GrpcStatus.Unavailable => EtcdFaultKind.Unavailable,
        GrpcStatus.Cancelled or GrpcStatus.Aborted => EtcdFaultKind.Unavailable,
        GrpcStatus.DeadlineExceeded => EtcdFaultKind.DeadlineExceeded,
        GrpcStatus.Unauthenticated => EtcdFaultKind.Unauthenticated,
        GrpcStatus.PermissionDenied => EtcdFaultKind.PermissionDenied,
        GrpcStatus.InvalidArgument when Says(error, "too large") => EtcdFaultKind.TooLarge,
        GrpcStatus.ResourceExhausted when Says(error, "larger than max") => EtcdFaultKind.TooLarge,
        GrpcStatus.InvalidArgument when Says(error, "authentication failed") || Says(error, "user name is empty") => EtcdFaultKind.Unauthenticated,
        GrpcStatus.InvalidArgument => EtcdFaultKind.InvalidArgument,
        GrpcStatus.OutOfRange when Says(error, "compacted") => EtcdFaultKind.Compacted,
        GrpcStatus.NotFound when Says(error, "lease not found") => EtcdFaultKind.LeaseNotFound,
        _ => EtcdFaultKind.Other,
    };

    private static bool Says(GrpcException error, string words) => error.Detail.Contains(words, StringComparison.Ordinal);
}

/// <summary>A watch wanted to begin at a revision that was compacted away: changes are missing, so the keys must be read again.</summary>
public sealed class EtcdCompactedException(string message, long compactRevision) : EtcdException(EtcdFaultKind.Compacted, message)
{
    /// <summary>The oldest revision that can still be watched from.</summary>
    public long CompactRevision => compactRevision;
}
