namespace MilvusCdc.Protocol.Grpc;

/// <summary>Limits of a gRPC server; registered as a singleton service, or the defaults hold.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>Largest message that is accepted from a client. Default 64 MiB, as Milvus's proxy.</summary>
    public int MaxReceiveBytes { get; set; } = 64 << 20;
}
