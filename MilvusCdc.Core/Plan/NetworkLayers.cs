using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Plan;

/// <summary>Reaches a target layer by layer below gRPC, so that what is wrong is named where it is wrong: name, port, certificate.</summary>
internal sealed class NetworkLayers(TargetEndpoint target, Findings findings)
{
    private string Host => target.Address.IdnHost;

    /// <summary>False: a layer failed, the ones above it cannot be looked at.</summary>
    public async Task<bool> ReachAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(target.ConnectTimeout);
        try
        {
            if (await ResolveAsync(deadline.Token) is not { } addresses || await ConnectAsync(addresses, deadline.Token) is not { } socket)
            {
                return false;
            }

            await using NetworkStream stream = new(socket, ownsSocket: true);
            return target.Address.Scheme != Uri.UriSchemeHttps || await HandshakeAsync(stream, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            findings.Fail(
                "target.timeout", target.Address.Authority, $"nothing was reached within the connect timeout of {target.ConnectTimeout.TotalSeconds:0.#} s",
                "check address, routes and firewalls; give a longer connect timeout only if the way is really that slow");
            return false;
        }
    }

    private async Task<IPAddress[]?> ResolveAsync(CancellationToken cancellation)
    {
        if (IPAddress.TryParse(Host.Trim('[', ']'), out IPAddress? literal))
        {
            return [literal];
        }

        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(Host, cancellation);
            findings.Ok("target.dns", Host, $"the name stands for {string.Join(", ", addresses.Select(static address => address.ToString()).Order(StringComparer.Ordinal))}");
            return addresses;
        }
        catch (SocketException unknown)
        {
            findings.Fail("target.dns", Host, $"the name cannot be resolved: {unknown.Message}", "check the spelling, and the name servers of the machine that runs MilvusCdc");
            return null;
        }
    }

    private async Task<Socket?> ConnectAsync(IPAddress[] addresses, CancellationToken cancellation)
    {
        SocketException? last = null;
        foreach (IPAddress address in addresses)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, target.Address.Port, cancellation);
                findings.Ok("target.tcp", target.Address.Authority, "the port answers");
                return socket;
            }
            catch (SocketException refused)
            {
                last = refused;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        findings.Fail(
            "target.tcp", target.Address.Authority, $"nothing can be reached there: {last?.Message ?? "the name has no address"}",
            "check that the target runs and listens on this port (Milvus's own is 19530), and that no firewall is in between");
        return null;
    }

    private async Task<bool> HandshakeAsync(NetworkStream stream, CancellationToken cancellation)
    {
        string name = target.ServerName ?? Host;
        SslPolicyErrors errors = SslPolicyErrors.None;
        X509Certificate2? shown = null;
        string[] reasons = [];
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = name,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
#pragma warning disable CA5359 // Nothing is sent over this connection; it is made to say in words what a strict one would refuse.
            RemoteCertificateValidationCallback = (_, certificate, chain, found) =>
            {
                errors = found;
                shown = certificate as X509Certificate2;
                reasons = [.. (chain?.ChainStatus ?? []).Select(static status => status.StatusInformation.Trim()).Distinct()];
                return true;
            },
#pragma warning restore CA5359
        };
        await using SslStream tls = new(stream);
        try
        {
            Trust(options);
            await tls.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (CryptographicException unusable)
        {
            findings.Fail("target.tls_files", target.Address.Authority, $"the TLS files cannot be used: {unusable.Message}", "give PEM files that the server process may read");
            return false;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            findings.Fail(
                "target.tls", target.Address.Authority, $"the TLS handshake failed: {refused.Message}",
                "if the target has no TLS, write http:// instead of https://; if it asks for a client certificate, give both its file and its key's file");
            return false;
        }

        return Judge(name, errors, shown, reasons);
    }

    private bool Judge(string name, SslPolicyErrors errors, X509Certificate2? shown, string[] reasons)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            findings.Fail(
                "target.tls_name", target.Address.Authority, $"the certificate is not for '{name}': it is for {Names(shown)}",
                "use one of those names as the address, or set serverName to one of them");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            findings.Fail(
                "target.tls_trust", target.Address.Authority, $"the certificate is not trusted: {(reasons.Length == 0 ? "its chain is broken" : string.Join("; ", reasons))}",
                target.AuthorityFile is null ? "give the authority that signed it as authorityFile" : "check that authorityFile holds the authority that signed it, and that it has not expired");
        }

        if (errors is SslPolicyErrors.None)
        {
            findings.Ok("target.tls", target.Address.Authority, $"the certificate is for '{name}' and is trusted until {shown?.NotAfter.ToUniversalTime():yyyy-MM-dd}");
        }

        return errors is SslPolicyErrors.None;
    }

    private static string Names(X509Certificate2? certificate)
    {
        string[] names = certificate is null ? [] :
        [
            .. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => address.ToString()))),
        ];
        return names.Length > 0 ? string.Join(", ", names.Select(static name => $"'{name}'")) : certificate is null ? "nobody" : $"'{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}'";
    }

    private void Trust(SslClientAuthenticationOptions options)
    {
        if (target.AuthorityFile is { } authorities)
        {
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(authorities);
            options.CertificateChainPolicy = policy;
        }

        if (target is { ClientCertificateFile: { } certificate, ClientKeyFile: { } key })
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate, key), additionalCertificates: null, offline: true);
        }
    }
}
