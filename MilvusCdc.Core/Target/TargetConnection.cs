using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Target;

/// <summary>How a client is opened for a task's target.</summary>
public static class TargetConnection
{
    /// <summary>The client's options; the caller may set further deadlines.</summary>
    public static MilvusClientOptions ToClient(this TargetEndpoint target) => new()
    {
        Address = target.Address,
        Token = target.Token,
        AuthorityFile = target.AuthorityFile,
        ClientCertificateFile = target.ClientCertificateFile,
        ClientKeyFile = target.ClientKeyFile,
        ServerName = target.ServerName,
        ConnectTimeout = target.ConnectTimeout,
    };
}
