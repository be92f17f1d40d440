using System.Net.Security;
using System.Text;
using Google.Protobuf;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Tls;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What the reader shows to a broker: a token, user and password, certificates, or nothing.</summary>
internal sealed class PulsarAuthentication(PulsarSourceLogOptions options)
{
    /// <summary>Pulsar's name of the method.</summary>
    public string Method => options switch
    {
        { Token: not null } or { TokenFile: not null } => "token",
        { User: not null } => "basic",
        { ClientCertificateFile: not null } => "tls",
        _ => "none",
    };

    /// <summary>What the method sends, or null. Throws <see cref="SourceLogException"/> when the token's file cannot be read.</summary>
    public ByteString? Data()
    {
        if (options.User is not null)
        {
            return ByteString.CopyFrom($"{options.User}:{options.Password}", Encoding.UTF8);
        }

        try
        {
            string? token = options.Token ?? (options.TokenFile is { } file ? File.ReadAllText(file).Trim() : null);
            return token is null ? null : ByteString.CopyFrom(token, Encoding.UTF8);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new SourceLogException($"Pulsar's token file '{options.TokenFile}' cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>TLS towards <paramref name="host"/>. Throws <see cref="ArgumentException"/> when a file cannot be used.</summary>
    public SslClientAuthenticationOptions Tls(string host)
    {
        SslClientAuthenticationOptions tls = ClientTls.Of(options.AuthorityFile, options.ClientCertificateFile, options.ClientKeyFile);
        tls.TargetHost = host;
        return tls;
    }
}
