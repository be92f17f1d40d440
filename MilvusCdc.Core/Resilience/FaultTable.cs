using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using static MilvusCdc.Core.Resilience.FaultAction;
using static MilvusCdc.Core.Resilience.FaultSource;

namespace MilvusCdc.Core.Resilience;

/// <summary>Where a fault comes from.</summary>
internal enum FaultSource
{
    /// <summary>The target answered with a Milvus status; the code is Milvus's.</summary>
    Milvus,

    /// <summary>The target answered with one of the older Milvus codes only.</summary>
    MilvusLegacy,

    /// <summary>A gRPC call to the target failed; the code is the gRPC status.</summary>
    Grpc,

    /// <summary>The source's or our own etcd; the code is the kind of fault.</summary>
    Etcd,
}

/// <summary>One row: which codes of which source, what happens, and the words.</summary>
internal sealed record FaultRow(FaultSource Source, int[] Codes, FaultAction Action, string Kind, string Impact, string NextStep);

/// <summary>What every known answer means. The first row that fits wins; a row without codes fits every code of its source.</summary>
internal static class FaultTable
{
    private const string Resumes = "the task goes on by itself when that is over";
    private const string ResumeTask = "then resume the task";

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        //   source        codes                what happens  kind                       impact; next step
        new(Milvus,       [1900],               Block,   "target.ordinary",         "the target refuses replicate messages", $"set common.ttMsgEnabled=false in its configuration and restart it, {ResumeTask}"),
        new(Milvus,       [1901],               Block,   "target.bad-message",      "the target cannot read a message, so nothing after it was sent", "compare the Milvus versions of source and target, and report the message named here"),
        new(Milvus,       [1902],               Refresh, "target.no-segment",       "the target cannot place the rows, so its collections are read again", ""),
        new(Milvus,       [1, 2, 5],            Retry,   "target.not-ready",        "the target is not ready", Resumes),
        new(Milvus,       [3, 7],               Retry,   "target.resources",        "the target is short of memory or disk", $"give it more, or free some; {Resumes}"),
        new(Milvus,       [4, 8, 9],            Retry,   "target.rate-limit",       "the target limits its rate", Resumes),
        new(Milvus,       [100, 200, 500, 800], Refresh, "target.not-found",        "the target no longer has what was resolved before, so everything is resolved anew", ""),
        new(Milvus,       [108, 1303],          Block,   "target.mode",             "the target's replicate mode does not fit the request", $"set common.ttMsgEnabled=false in its configuration and restart it, {ResumeTask}"),
        new(Milvus,       [102, 201, 801, 1001], Block,  "target.limit",            "the target has reached a limit of its own", $"raise the limit or make room on the target, {ResumeTask}"),
        new(Milvus,       [1100, 1101],         Block,   "target.invalid",          "the target refuses the request as invalid", $"look at what the target's answer names, mend it on the target, {ResumeTask}"),
        new(Milvus,       [1400, 1401, 1402],   Block,   "target.denied",           "the target does not accept the user or its rights", $"give the task's user the right, or create the task anew with another token, {ResumeTask}"),
        new(Milvus,       [],                   Retry,   "target.error",            "the target reports an error", Resumes),
        new(MilvusLegacy, [2, 56, 57, 100],     Retry,   "target.not-ready",        "the target is not ready", Resumes),
        new(MilvusLegacy, [49],                 Retry,   "target.rate-limit",       "the target limits its rate", Resumes),
        new(MilvusLegacy, [48, 53, 54, 55],     Retry,   "target.resources",        "the target refuses writes for want of memory or disk, or because it is late", $"look at its quotas; {Resumes}"),
        new(MilvusLegacy, [4, 28, 47],          Refresh, "target.not-found",        "the target no longer has what was resolved before, so everything is resolved anew", ""),
        new(MilvusLegacy, [3],                  Block,   "target.denied",           "the target does not accept the user or its rights", $"give the task's user the right, or create the task anew with another token, {ResumeTask}"),
        new(MilvusLegacy, [5, 7, 8, 9],         Block,   "target.invalid",          "the target refuses the request as invalid", $"look at what the target's answer names, mend it on the target, {ResumeTask}"),
        new(MilvusLegacy, [],                   Retry,   "target.error",            "the target reports an error", Resumes),
        new(Grpc,         [Code(GrpcStatus.Unavailable)],        Retry, "target.unavailable",  "the target cannot be reached", $"check that it runs and that its address is right; {Resumes}"),
        new(Grpc,         [Code(GrpcStatus.DeadlineExceeded)],   Retry, "target.slow",         "the target did not answer in time", Resumes),
        new(Grpc,         [Code(GrpcStatus.Unauthenticated), Code(GrpcStatus.PermissionDenied)], Block, "target.denied", "the target does not accept the user or its rights", $"give the task's user the right, or create the task anew with another token, {ResumeTask}"),
        new(Grpc,         [Code(GrpcStatus.Unimplemented)],      Block, "target.too-old",      "the target does not know the call", "use a target of Milvus 2.3.2 to 2.5, and check that the address is a Milvus"),
        new(Grpc,         [Code(GrpcStatus.InvalidArgument), Code(GrpcStatus.OutOfRange)], Block, "target.invalid", "the target refuses the request as invalid", $"look at what the target's answer names, mend it on the target, {ResumeTask}"),
        new(Grpc,         [Code(GrpcStatus.ResourceExhausted)],  Retry, "target.resources",    "the target has too little room for the call", Resumes),
        new(Grpc,         [],                                    Retry, "target.error",        "the call to the target failed", Resumes),
        new(Etcd,         [Kind(EtcdFaultKind.Unauthenticated), Kind(EtcdFaultKind.PermissionDenied)], Block, "etcd.denied", "etcd does not accept the user or its rights", $"check User and Password of that etcd in the configuration, {ResumeTask}"),
        new(Etcd,         [Kind(EtcdFaultKind.Compacted)],       Refresh, "etcd.compacted",    "etcd no longer has the revisions that come next, so everything is read anew", ""),
        new(Etcd,         [Kind(EtcdFaultKind.InvalidArgument), Kind(EtcdFaultKind.TooLarge)], Retry, "etcd.invalid", "etcd refuses the request", "report this with the worker's log"),
        new(Etcd,         [Kind(EtcdFaultKind.LeaseNotFound)],   Retry, "etcd.lease",          "etcd no longer knows the worker's lease, so the worker takes a new one", ""),
        new(Etcd,         [],                                    Retry, "etcd.unavailable",    "etcd cannot be used", $"check that it runs and that its endpoints are right; {Resumes}"),
    ];

    private static int Code(GrpcStatus status) => (int)status;

    private static int Kind(EtcdFaultKind kind) => (int)kind;
}
