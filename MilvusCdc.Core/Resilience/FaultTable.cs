using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;
using static MilvusCdc.Core.Resilience.FaultAction;
using static MilvusCdc.Core.Resilience.FaultSource;
using E = MilvusCdc.Protocol.Etcd.EtcdFaultKind;
using G = MilvusCdc.Protocol.Grpc.GrpcStatus;
using L = MilvusCdc.Protocol.Milvus.Common.ErrorCode;
using O = MilvusCdc.Core.Resilience.LocalFault;

namespace MilvusCdc.Core.Resilience;

/// <summary>What every known answer means. The first row that fits wins; a row without codes fits every code of its source. docs/faults.md shows it.</summary>
internal static class FaultTable
{
    private const string Resumes = "the task goes on by itself when that is over";
    private const string ResumeTask = "then resume the task";
    private const string Denied = $"give the task's user the right, or create the task anew with another token, {ResumeTask}";
    private const string Mend = $"look at what the target's answer names, mend it on the target, {ResumeTask}";
    private const string Switch = $"set common.ttMsgEnabled=false in its configuration and restart it, {ResumeTask}";
    private const string Letter = "try it again by resuming the task, or set the message aside as a dead letter";
    private static readonly string[] TooLarge = ["message size too large", "MessageTooBig", "exceeds MaxMessageSize", "larger than max"];

    public static IReadOnlyList<FaultRow> Rows { get; } =
    [
        .. ForMilvus(),
        .. ForOlderMilvus(),
        .. ForGrpc(),
        .. ForEtcd(),
        .. ForBroker(),
        .. ForThisSide(),
    ];

    /// <summary>The row for an answer.</summary>
    public static FaultRow Find(FaultSource source, int code, string words) => Rows.First(row => row.Fits(source, code, words));

    private static IEnumerable<FaultRow> ForMilvus() =>
    [
        new(Milvus, [65535, 1102], DeadLetter, "target.too-large", "a message is larger than the target's queue takes", Letter) { Says = TooLarge },
        new(Milvus, [65535], Refresh, "target.not-found", "the target does not know the collection of a message, so everything is resolved anew", "") { Says = ["getSegmentID failed"] },
        new(Milvus, [1900], Block, "target.ordinary", "the target refuses replicate messages", Switch),
        new(Milvus, [108, 1303], Block, "target.mode", "the target's replicate mode does not fit the request", Switch),
        new(Milvus, [1901], DeadLetter, "target.bad-message", "the target cannot read a message", $"compare the Milvus versions of source and target; {Letter}"),
        new(Milvus, [1902], DeadLetter, "target.no-segment", "the target has no place for the rows of a message", Letter),
        new(Milvus, [1903], Retry, "target.stream", "the target's stream for the channel is broken", Resumes),
        new(Milvus, [1, 2, 5, 6, 106, 901, 902, 903, 904, 905], Retry, "target.not-ready", "the target is not ready", Resumes),
        new(Milvus, [3, 7, 12], Retry, "target.resources", "the target is short of memory or disk", $"give it more, or free some; {Resumes}"),
        new(Milvus, [4, 8, 9], Retry, "target.rate-limit", "the target limits its rate", Resumes),
        new(Milvus, [11], Retry, "target.late", "the target's nodes are late with its ticks", Resumes),
        new(Milvus, [10], Block, "target.too-old", "the target does not know the request", $"use a target of Milvus 2.3.2 to 2.5, {ResumeTask}"),
        new(Milvus, [100, 200, 500, 600, 700, 800, 1600], Refresh, "target.not-found", "the target no longer has what was resolved before, so everything is resolved anew", ""),
        new(Milvus, [101, 103, 201, 202], Retry, "target.loading", "a collection is not loaded on the target, or not yet", Resumes),
        new(Milvus, [102, 250, 801], Block, "target.limit", "the target has reached a limit of its own", $"raise the limit or make room on the target, {ResumeTask}"),
        new(Milvus, [105, 109, 701, 802, 1100, 1101, 1102, 1700, 1701], Block, "target.invalid", "the target refuses the request as invalid", Mend),
        new(Milvus, [702, 1601, 1602], Retry, "target.conflict", "a name or index that the target has already stands against it", $"look at what the target's answer names, and remove it there; {Resumes}"),
        new(Milvus, [1000, 1001, 1002], Retry, "target.storage", "the target cannot use its storage", $"look at the target's storage; {Resumes}"),
        new(Milvus, [1300, 1301, 1302], Retry, "target.queue", "the target cannot use its message queue", $"look at the target's queue; {Resumes}"),
        new(Milvus, [1400, 1401, 1402], Block, "target.denied", "the target does not accept the user or its rights", Denied),
        new(Milvus, [10000, 10001], Retry, "target.slow", "the target gave the request up or did not answer in time", Resumes),
        new(Milvus, [], Retry, "target.error", "the target reports an error", Resumes),
    ];

    private static IEnumerable<FaultRow> ForOlderMilvus() =>
    [
        new(MilvusLegacy, Codes(L.ConnectFailed, L.CacheFailed, L.NotShardLeader, L.NoReplicaAvailable, L.NodeIdnotMatch, L.NotReadyServe, L.NotReadyCoordActivating, L.DataCoordNa, L.DdrequestRace), Retry, "target.not-ready", "the target is not ready", Resumes),
        new(MilvusLegacy, Codes(L.RateLimit), Retry, "target.rate-limit", "the target limits its rate", Resumes),
        new(MilvusLegacy, Codes(L.OutOfMemory, L.ForceDeny, L.InsufficientMemoryToLoad, L.MemoryQuotaExhausted, L.DiskQuotaExhausted, L.TimeTickLongDelay), Retry, "target.resources", "the target refuses writes for want of memory or disk, or because it is late", $"look at its quotas; {Resumes}"),
        new(MilvusLegacy, Codes(L.CollectionNotExists, L.IndexNotExist, L.CollectionNameNotFound, L.SegmentNotFound), Refresh, "target.not-found", "the target no longer has what was resolved before, so everything is resolved anew", ""),
        new(MilvusLegacy, Codes(L.PermissionDenied), Block, "target.denied", "the target does not accept the user or its rights", Denied),
        new(MilvusLegacy, Codes(L.IllegalArgument, L.IllegalDimension, L.IllegalIndexType, L.IllegalCollectionName, L.IllegalTopk, L.IllegalRowRecord, L.IllegalVectorId, L.IllegalSearchResult, L.IllegalNlist, L.IllegalMetricType, L.EmptyCollection, L.UpsertAutoIdtrue, L.SchemaMismatch), Block, "target.invalid", "the target refuses the request as invalid", Mend),
        new(MilvusLegacy, Codes(L.FileNotFound, L.MetaFailed, L.CannotCreateFolder, L.CannotCreateFile, L.CannotDeleteFolder, L.CannotDeleteFile), Retry, "target.storage", "the target cannot use its storage or its metadata", $"look at the target's storage and etcd; {Resumes}"),
        new(MilvusLegacy, Codes(L.CreateCredentialFailure, L.UpdateCredentialFailure, L.DeleteCredentialFailure, L.GetCredentialFailure, L.ListCredUsersFailure, L.GetUserFailure, L.CreateRoleFailure, L.DropRoleFailure, L.OperateUserRoleFailure, L.SelectRoleFailure, L.SelectUserFailure, L.SelectResourceFailure, L.OperatePrivilegeFailure, L.SelectGrantFailure, L.RefreshPolicyInfoCacheFailure, L.ListPolicyFailure, L.CreatePrivilegeGroupFailure, L.DropPrivilegeGroupFailure, L.ListPrivilegeGroupsFailure, L.OperatePrivilegeGroupFailure), Retry, "target.access", "the target could not carry out a change of users, roles or privileges", $"compare users and roles of source and target; {Resumes}"),
        new(MilvusLegacy, Codes(L.UnexpectedError, L.BuildIndexError, L.UpdateImportTaskFailure), Retry, "target.error", "the target reports an error", Resumes),
        new(MilvusLegacy, [], Retry, "target.error", "the target reports an error", Resumes),
    ];

    private static IEnumerable<FaultRow> ForGrpc() =>
    [
        new(Grpc, Codes(G.ResourceExhausted), DeadLetter, "target.too-large", "a message is larger than the target takes in one call", Letter) { Says = TooLarge },
        new(Grpc, Codes(G.ResourceExhausted), Retry, "target.resources", "the target has too little room for the call", Resumes),
        new(Grpc, Codes(G.Unavailable), Retry, "target.unavailable", "the target cannot be reached", $"check that it runs and that its address is right; {Resumes}"),
        new(Grpc, Codes(G.DeadlineExceeded), Retry, "target.slow", "the target did not answer in time", Resumes),
        new(Grpc, Codes(G.Cancelled, G.Aborted), Retry, "target.interrupted", "the target broke the call off", Resumes),
        new(Grpc, Codes(G.Unauthenticated, G.PermissionDenied), Block, "target.denied", "the target does not accept the user or its rights", Denied),
        new(Grpc, Codes(G.Unimplemented), Block, "target.too-old", "the target does not know the call", "use a target of Milvus 2.3.2 to 2.5, and check that the address is a Milvus"),
        new(Grpc, Codes(G.InvalidArgument, G.OutOfRange), Block, "target.invalid", "the target refuses the request as invalid", Mend),
        new(Grpc, Codes(G.Unknown, G.NotFound, G.AlreadyExists, G.FailedPrecondition, G.Internal, G.DataLoss), Retry, "target.error", "the call to the target failed", Resumes),
        new(Grpc, [], Retry, "target.error", "the call to the target failed", Resumes),
    ];

    private static IEnumerable<FaultRow> ForEtcd() =>
    [
        new(Etcd, [], Retry, "etcd.full", "etcd has no room left and takes no writes", $"raise its --quota-backend-bytes or compact and defragment it, and disarm its alarm; {Resumes}") { Says = ["database space exceeded"] },
        new(Etcd, [], Retry, "etcd.busy", "etcd has too many requests", Resumes) { Says = ["too many requests"] },
        new(Etcd, Codes(E.Unauthenticated, E.PermissionDenied), Block, "etcd.denied", "etcd does not accept the user or its rights", $"check User and Password of that etcd in the configuration, {ResumeTask}"),
        new(Etcd, Codes(E.Compacted), Refresh, "etcd.compacted", "etcd no longer has the revisions that come next, so everything is read anew", ""),
        new(Etcd, Codes(E.StoreReplaced), Refresh, "etcd.replaced", "etcd's data was restored or replaced, so everything is read anew", "check that it is the right etcd: tasks and checkpoints may be older than they were"),
        new(Etcd, Codes(E.InvalidArgument, E.TooLarge), Retry, "etcd.invalid", "etcd refuses the request", "report this with the worker's log"),
        new(Etcd, Codes(E.LeaseNotFound), Retry, "etcd.lease", "etcd no longer knows the worker's lease, so the worker takes a new one", ""),
        new(Etcd, Codes(E.NoLeader), Retry, "etcd.unavailable", "etcd has no leader", $"check that most of its members run; {Resumes}"),
        new(Etcd, Codes(E.DeadlineExceeded), Retry, "etcd.slow", "etcd did not answer in time", Resumes),
        new(Etcd, Codes(E.Unavailable, E.Other), Retry, "etcd.unavailable", "etcd cannot be used", $"check that it runs and that its endpoints are right; {Resumes}"),
        new(Etcd, [], Retry, "etcd.unavailable", "etcd cannot be used", $"check that it runs and that its endpoints are right; {Resumes}"),
    ];

    private static IEnumerable<FaultRow> ForBroker() =>
    [
        new(Broker, Codes(SourceLogFault.Gap), Gap, "source.gap", "what lies between is lost, so reading does not go on by itself", "delete the task and create it anew from a fresh copy of the source, or give the log a longer retention"),
        new(Broker, Codes(SourceLogFault.Unreachable), Retry, "source.unavailable", "the source's log cannot be reached", $"check that the brokers run and that their addresses are right; {Resumes}"),
        new(Broker, Codes(SourceLogFault.Refused), Retry, "source.denied", "the source's brokers refuse the login, its rights or the encryption", $"check the settings of the brokers in the configuration; {Resumes}"),
        new(Broker, Codes(SourceLogFault.Unreadable), Block, "source.unreadable", "a record of the source's log cannot be read, so nothing after it is", $"look at that record on the broker; when it can be read, {ResumeTask}"),
        new(Broker, Codes(SourceLogFault.NotInstalled), Block, "source.not-installed", "the source's log cannot be read on this machine", "install what is missing and restart the worker"),
        new(Broker, [], Retry, "source.log", "the source's log cannot be read", $"check that the brokers run; {Resumes}"),
    ];

    private static IEnumerable<FaultRow> ForThisSide() =>
    [
        new(Local, Codes(O.Timeout), Retry, "timeout", "a call was given up because it took too long", Resumes),
        new(Local, Codes(O.Connection), Retry, "connection", "a connection broke", Resumes),
        new(Local, Codes(O.Certificate), Retry, "certificate", "a certificate is not accepted", $"check the certificate files of the task and of the other side; {Resumes}"),
        new(Local, Codes(O.Paused), Retry, "target.paused", "the target failed again and again and is left alone for a moment", Resumes),
        new(Local, Codes(O.DiskFull), Retry, "disk-full", "a disk of this machine is full", $"free some room; {Resumes}"),
        new(Local, Codes(O.File), Retry, "file", "a file is missing or may not be read", $"check its path and rights; {Resumes}"),
        new(Local, Codes(O.Memory), Retry, "memory", "this process has no memory left", $"give it more; {Resumes}"),
        new(Local, Codes(O.Configuration), Block, "configuration", "the task cannot start", "mend the configuration and restart the worker"),
        new(Local, Codes(O.Secret), Retry, "secret", "the target cannot be logged in to", $"put the secret where the task looks for it; {Resumes}"),
        new(Local, Codes(O.Ownership), Refresh, "worker.ownership", "this worker stops writing", ""),
        new(Local, Codes(O.Catalog), Fail, "source.catalog", "the source's metadata cannot be understood, so nothing is replicated", $"check RootPath and MetaSubPath of the source, {ResumeTask}"),
        new(Local, Codes(O.CatalogAway), Retry, "source.etcd", "the source's metadata cannot be read", $"check that the source's etcd runs; {Resumes}"),
        new(Local, Codes(O.Malformed), Block, "source.bad-message", "a message of the source cannot be read", Letter),
        new(Local, [], Retry, "unexpected", "the task met something it does not know", "it tries again by itself; if that does not help, report this with the worker's log"),
    ];

    private static int[] Codes<T>(params T[] codes)
        where T : struct, Enum =>
        [.. codes.Select(static code => Convert.ToInt32(code, System.Globalization.CultureInfo.InvariantCulture))];
}
