using MilvusCdc.Core.Configuration.Secrets;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;

namespace MilvusCdc.Core.Target;

/// <summary>How a client is opened for a task's target.</summary>
public static class TargetConnection
{
    /// <summary>The client's options; the caller may set further deadlines. A token that refers to a secret is followed now. Throws <see cref="SecretException"/>.</summary>
    public static MilvusClientOptions ToClient(this TargetEndpoint target, SecretReader? secrets = null) => new()
    {
        Address = target.Address,
        Token = (secrets ?? SecretReader.Standard).ReadLogin(target.Token),
        AuthorityFile = target.AuthorityFile,
        ClientCertificateFile = target.ClientCertificateFile,
        ClientKeyFile = target.ClientKeyFile,
        ServerName = target.ServerName,
        ConnectTimeout = target.ConnectTimeout,
    };
}
