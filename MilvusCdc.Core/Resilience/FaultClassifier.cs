using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Resilience;

/// <summary>The one place where what was thrown becomes what happens. Answers of servers go by <see cref="FaultTable"/>; the rest is a matter of the exception's type.</summary>
public static class FaultClassifier
{
    private const string ByItself = "the task goes on by itself when that is over";

    /// <summary>What happens after <paramref name="thrown"/>, in words.</summary>
    public static Fault Classify(Exception thrown) => thrown switch
    {
        AggregateException { InnerExceptions: [Exception only] } => Classify(only),
        ReplicationStoppedException stopped => new(StopAction(stopped.Phase), "engine.stopped", stopped.Message, "the task waits for a person", "resume the task when that is done"),
        MilvusException { Code: not 0 } milvus => Look(FaultSource.Milvus, milvus.Code, milvus.Message),
        MilvusException milvus => Look(FaultSource.MilvusLegacy, (int)milvus.LegacyCode, milvus.Message),
        EtcdException etcd => Look(FaultSource.Etcd, (int)etcd.Kind, etcd.Message),
        GrpcException grpc => Look(FaultSource.Grpc, (int)grpc.Status, grpc.Message),
        SourceLogGapException gap => new(
            FaultAction.Gap, "source.gap", gap.Message, "what lies between is lost, so reading does not go on by itself",
            "delete the task and create it anew from a fresh copy of the source, or give the log a longer retention"),
        SourceLogException log => new(FaultAction.Retry, "source.log", log.Message, "the source's log cannot be read", $"check that the brokers run; {ByItself}"),
        CatalogException wrong => new(
            FaultAction.Fail, "source.catalog", wrong.Message, "the source's metadata cannot be understood, so nothing is replicated", "check RootPath and MetaSubPath of the source, then resume the task"),
        CatalogUnavailableException away => new(FaultAction.Retry, "source.etcd", away.Message, "the source's metadata cannot be read", $"check that the source's etcd runs; {ByItself}"),
        OwnershipLostException lost => new(FaultAction.Refresh, "worker.ownership", lost.Message, "this worker stops writing", ""),
        CdcConfigurationException wrong => new(FaultAction.Block, "configuration", wrong.Message, "the task cannot start", "mend the configuration and restart the worker"),
        SecretException missing => new(FaultAction.Retry, "secret", missing.Message, "the target cannot be logged in to", $"put the secret where the task looks for it; {ByItself}"),
        OperationCanceledException => new(FaultAction.Retry, "timeout", "A call", "was given up because it took too long", ByItself),
        TimeoutException late => new(FaultAction.Retry, "timeout", late.Message, "a call was given up because it took too long", ByItself),
        IOException broken => new(FaultAction.Retry, "connection", broken.Message, "a connection broke", ByItself),
        HttpRequestException broken => new(FaultAction.Retry, "connection", broken.Message, "a connection broke", ByItself),
        _ => new(
            FaultAction.Retry, "unexpected", $"{thrown.GetType().Name}: {thrown.Message}", "the task met something it does not know",
            "it tries again by itself; if that does not help, report this with the worker's log"),
    };

    private static Fault Look(FaultSource source, int code, string what)
    {
        FaultRow row = FaultTable.Rows.First(row => row.Source == source && (row.Codes.Length == 0 || row.Codes.Contains(code)));
        return new Fault(row.Action, row.Kind, what, row.Impact, row.NextStep);
    }

    private static FaultAction StopAction(TaskPhase phase) => phase switch
    {
        TaskPhase.GapDetected => FaultAction.Gap,
        TaskPhase.Failed => FaultAction.Fail,
        _ => FaultAction.Block,
    };
}
