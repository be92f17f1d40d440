using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Common;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace MilvusCdc.Core.Resilience;

/// <summary>The one place where what was thrown becomes what happens: it finds out who said what, and <see cref="FaultTable"/> knows the rest.</summary>
public static class FaultClassifier
{
    private const int Uncategorised = 65535;
    private const int NoSpaceLeft = 28;

    /// <summary>What happens after <paramref name="thrown"/>, in words.</summary>
    public static Fault Classify(Exception thrown) => thrown switch
    {
        AggregateException { InnerExceptions: [Exception only] } => Classify(only),
        RefusedMessageException { InnerException: { } answer } => Classify(answer),
        ReplicationStoppedException stopped => new(StopAction(stopped.Phase), "engine.stopped", stopped.Message, "the task waits for a person", "resume the task when that is done"),
        MilvusException milvus => OfMilvus(milvus),
        EtcdException etcd => Look(FaultSource.Etcd, (int)etcd.Kind, etcd.Message),
        GrpcException { InnerException: { } inner } grpc when FindCertificate(inner) => Look(FaultSource.Local, (int)LocalFault.Certificate, grpc.Message),
        GrpcException grpc => Look(FaultSource.Grpc, (int)grpc.Status, grpc.Message),
        SourceLogException log => Look(FaultSource.Broker, (int)log.Fault, log.Message),
        OperationCanceledException => Look(FaultSource.Local, (int)LocalFault.Timeout, "A call"),
        _ => OfThisSide(thrown),
    };

    private static Fault OfThisSide(Exception thrown)
    {
        LocalFault fault = thrown switch
        {
            CatalogException => LocalFault.Catalog,
            CatalogUnavailableException => LocalFault.CatalogAway,
            OwnershipLostException => LocalFault.Ownership,
            CdcConfigurationException => LocalFault.Configuration,
            SecretException => LocalFault.Secret,
            MalformedMessageException => LocalFault.Malformed,
            BrokenCircuitException => LocalFault.Paused,
            TimeoutException or TimeoutRejectedException => LocalFault.Timeout,
            AuthenticationException or CryptographicException => LocalFault.Certificate,
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => LocalFault.File,
            IOException { HResult: var result } when (result & 0xffff) == NoSpaceLeft => LocalFault.DiskFull,
            HttpRequestException { InnerException: AuthenticationException } => LocalFault.Certificate,
            IOException or HttpRequestException or SocketException => LocalFault.Connection,
            OutOfMemoryException => LocalFault.Memory,
            _ => LocalFault.Unexpected,
        };
        return Look(FaultSource.Local, (int)fault, fault is LocalFault.Unexpected ? $"{thrown.GetType().Name}: {thrown.Message}" : thrown.Message);
    }

    /// <summary>The newer code says more, but for the one that stands for everything that has none.</summary>
    private static Fault OfMilvus(MilvusException milvus)
    {
        bool useOlder = milvus.Code == 0 || (milvus.Code == Uncategorised && milvus.LegacyCode is not (ErrorCode.Success or ErrorCode.UnexpectedError));
        return useOlder ? Look(FaultSource.MilvusLegacy, (int)milvus.LegacyCode, milvus.Message) : Look(FaultSource.Milvus, milvus.Code, milvus.Message);
    }

    private static bool FindCertificate(Exception? inner) => inner is AuthenticationException || (inner is not null && FindCertificate(inner.InnerException));

    private static Fault Look(FaultSource source, int code, string what)
    {
        FaultRow row = FaultTable.Find(source, code, what);
        return new Fault(row.Action, row.Kind, what, row.Impact, row.NextStep);
    }

    private static FaultAction StopAction(TaskPhase phase) => phase switch
    {
        TaskPhase.GapDetected => FaultAction.Gap,
        TaskPhase.Failed => FaultAction.Fail,
        _ => FaultAction.Block,
    };
}
