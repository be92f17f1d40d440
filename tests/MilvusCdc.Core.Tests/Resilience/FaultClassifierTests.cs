using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Tests.Resilience;

public class FaultClassifierTests
{
    private static readonly (string Name, Exception Thrown, FaultAction Action, string Kind)[] Table =
    [
        ("target is gone", new GrpcException(GrpcStatus.Unavailable, "refused"), FaultAction.Retry, "target.unavailable"),
        ("target is slow", new GrpcException(GrpcStatus.DeadlineExceeded, "late"), FaultAction.Retry, "target.slow"),
        ("message too large", new GrpcException(GrpcStatus.ResourceExhausted, "max"), FaultAction.Retry, "target.resources"),
        ("wrong token", new GrpcException(GrpcStatus.Unauthenticated, "auth check failure"), FaultAction.Block, "target.denied"),
        ("too old", new GrpcException(GrpcStatus.Unimplemented, "unknown method"), FaultAction.Block, "target.too-old"),
        ("any other status", new GrpcException(GrpcStatus.DataLoss, "?"), FaultAction.Retry, "target.error"),
        ("ordinary instance", Milvus(1900), FaultAction.Block, "target.ordinary"),
        ("bad message", Milvus(1901), FaultAction.DeadLetter, "target.bad-message"),
        ("no segment", Milvus(1902), FaultAction.DeadLetter, "target.no-segment"),
        ("too large for Kafka", Milvus(65535, "Broker: Message size too large"), FaultAction.DeadLetter, "target.too-large"),
        ("too large for Pulsar", Milvus(65535, "message size exceeds MaxMessageSize: MessageTooBig"), FaultAction.DeadLetter, "target.too-large"),
        ("too large for a call", new GrpcException(GrpcStatus.ResourceExhausted, "grpc: received message larger than max (69564923 vs. 67108864)"), FaultAction.DeadLetter, "target.too-large"),
        ("collection of rows unknown", Milvus(65535, "getSegmentID failed: SegmentIDAllocator failRemainRequest unexpected error"), FaultAction.Refresh, "target.not-found"),
        ("only the older code says what", new MilvusException("CreateRole", 65535, ErrorCode.CreateRoleFailure, "role exists"), FaultAction.Retry, "target.access"),
        ("target left alone", new Polly.CircuitBreaker.BrokenCircuitException("open"), FaultAction.Retry, "target.paused"),
        ("refused message", RefusedMessageException.Of(Milvus(1901))!, FaultAction.DeadLetter, "target.bad-message"),
        ("etcd full", new EtcdException(EtcdFaultKind.Other, "etcd refused a transaction: etcdserver: mvcc: database space exceeded"), FaultAction.Retry, "etcd.full"),
        ("broker refuses", new SourceLogException("no", fault: SourceLogFault.Refused), FaultAction.Retry, "source.denied"),
        ("record unreadable", new SourceLogException("no", fault: SourceLogFault.Unreadable), FaultAction.Block, "source.unreadable"),
        ("disk full", new IOException("No space left on device", 28), FaultAction.Retry, "disk-full"),
        ("certificate", new System.Security.Authentication.AuthenticationException("expired"), FaultAction.Retry, "certificate"),
        ("certificate on the way", new GrpcException(GrpcStatus.Unavailable, "tls", new HttpRequestException("x", new System.Security.Authentication.AuthenticationException("expired"))), FaultAction.Retry, "certificate"),
        ("not ready", Milvus(1), FaultAction.Retry, "target.not-ready"),
        ("unavailable", Milvus(2), FaultAction.Retry, "target.not-ready"),
        ("rate limit", Milvus(8), FaultAction.Retry, "target.rate-limit"),
        ("memory", Milvus(3), FaultAction.Retry, "target.resources"),
        ("collection gone", Milvus(100), FaultAction.Refresh, "target.not-found"),
        ("database gone", Milvus(800), FaultAction.Refresh, "target.not-found"),
        ("too many collections", Milvus(102), FaultAction.Block, "target.limit"),
        ("invalid parameter", Milvus(1100), FaultAction.Block, "target.invalid"),
        ("unexpected error", Milvus(65535), FaultAction.Retry, "target.error"),
        ("legacy rate limit", Legacy(ErrorCode.RateLimit), FaultAction.Retry, "target.rate-limit"),
        ("legacy quota", Legacy(ErrorCode.MemoryQuotaExhausted), FaultAction.Retry, "target.resources"),
        ("legacy not ready", Legacy(ErrorCode.NotReadyServe), FaultAction.Retry, "target.not-ready"),
        ("legacy collection gone", Legacy(ErrorCode.CollectionNotExists), FaultAction.Refresh, "target.not-found"),
        ("legacy denied", Legacy(ErrorCode.PermissionDenied), FaultAction.Block, "target.denied"),
        ("legacy unexpected", Legacy(ErrorCode.UnexpectedError), FaultAction.Retry, "target.error"),
        ("etcd away", new EtcdException(EtcdFaultKind.Unavailable, "etcd at x cannot be reached"), FaultAction.Retry, "etcd.unavailable"),
        ("etcd without leader", new EtcdException(EtcdFaultKind.NoLeader, "no leader"), FaultAction.Retry, "etcd.unavailable"),
        ("etcd login", new EtcdException(EtcdFaultKind.PermissionDenied, "no"), FaultAction.Block, "etcd.denied"),
        ("etcd compacted", new EtcdCompactedException("gone", 5), FaultAction.Refresh, "etcd.compacted"),
        ("gap", new SourceLogGapException("c", LogPosition.Kafka(5), new LogBounds(LogPosition.Kafka(7), LogPosition.Kafka(9))), FaultAction.Gap, "source.gap"),
        ("broker", new SourceLogException("broker away"), FaultAction.Retry, "source.log"),
        ("stopped by policy", new ReplicationStoppedException(TaskPhase.Blocked, "import"), FaultAction.Block, "engine.stopped"),
        ("stopped at a gap", new ReplicationStoppedException(TaskPhase.GapDetected, "gap"), FaultAction.Gap, "engine.stopped"),
        ("stopped for good", new ReplicationStoppedException(TaskPhase.Failed, "schema"), FaultAction.Fail, "engine.stopped"),
        ("connection", new IOException("reset"), FaultAction.Retry, "connection"),
        ("cancelled call", new OperationCanceledException(), FaultAction.Retry, "timeout"),
        ("timeout", new TimeoutException("late"), FaultAction.Retry, "timeout"),
        ("configuration", new CdcConfigurationException(["Cdc:X is 'y'"]), FaultAction.Block, "configuration"),
        ("wrapped", new AggregateException(new IOException("reset")), FaultAction.Retry, "connection"),
        ("bug", new InvalidOperationException("oops"), FaultAction.Retry, "unexpected"),
    ];

    public static TheoryData<string> Names => [.. Table.Select(static row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Classify_gives(string name)
    {
        (_, Exception thrown, FaultAction action, string kind) = Table.Single(row => row.Name == name);

        Fault fault = FaultClassifier.Classify(thrown);

        Assert.Equal((action, kind), (fault.Action, fault.Kind));
        Assert.NotEmpty(fault.Object);
        Assert.NotEmpty(fault.Impact);
        Assert.True(action is not (FaultAction.Block or FaultAction.Gap or FaultAction.Fail) || fault.NextStep.Length > 0, "a person must be told what to do");
    }

    [Fact]
    public void Ordinary_target_is_told_the_setting() => Assert.Contains("common.ttMsgEnabled=false", FaultClassifier.Classify(Milvus(1900)).Sentence, StringComparison.Ordinal);

    [Fact]
    public void Unknown_exception_names_its_type() => Assert.Contains("InvalidOperationException: oops", FaultClassifier.Classify(new InvalidOperationException("oops")).Sentence, StringComparison.Ordinal);

    [Fact]
    public void Every_source_has_an_answer_for_codes_nobody_knows() =>
        Assert.All(Enum.GetValues<FaultSource>(), static source => Assert.Empty(FaultTable.Rows.Last(row => row.Source == source).Codes));

    [Fact]
    public void No_code_stands_in_two_rows()
    {
        List<(FaultSource Source, int Code)> all = [.. FaultTable.Rows.Where(static row => row.Says.Length == 0).SelectMany(static row => row.Codes.Select(code => (row.Source, code)))];
        Assert.Equal(all.Distinct(), all);
    }

    [Fact]
    public void Delays_double_up_to_the_longest()
    {
        RetryDelays delays = new(new Random(1), new ResilienceOptions { LongestDelay = TimeSpan.FromSeconds(30) });

        for (int attempt = 1; attempt < 100; attempt++)
        {
            double middle = Math.Min(30_000, 500 * Math.Pow(2, attempt - 1));
            Assert.InRange(delays.Before(attempt, FaultAction.Retry).TotalMilliseconds, middle * 0.8, middle * 1.2);
        }

        Assert.Equal(100, delays.Before(1, FaultAction.Refresh).TotalMilliseconds);
    }

    private static MilvusException Milvus(int code, string reason = "reason") => new("ReplicateMessage", code, ErrorCode.UnexpectedError, reason);

    private static MilvusException Legacy(ErrorCode code) => new("ReplicateMessage", 0, code, "reason");
}
