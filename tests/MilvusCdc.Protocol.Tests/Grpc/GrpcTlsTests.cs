using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Tests.Grpc;

/// <summary>A server that wants TLS and a client certificate, with an authority made for the test.</summary>
public sealed class GrpcTlsTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("milvuscdc-tls-").FullName;
    private GrpcTestServer server = null!;

    private string File(string name) => Path.Combine(directory, name);

    public async Task InitializeAsync()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 authority = Authority("test authority", now);
        using X509Certificate2 other = Authority("other authority", now);
        await System.IO.File.WriteAllTextAsync(File("ca.pem"), authority.ExportCertificatePem());
        await System.IO.File.WriteAllTextAsync(File("other.pem"), other.ExportCertificatePem());
        await System.IO.File.WriteAllTextAsync(File("empty.pem"), "nothing");

        using ECDsa clientKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 client = Signed(authority, clientKey, "client", now);
        await System.IO.File.WriteAllTextAsync(File("client.pem"), client.ExportCertificatePem());
        await System.IO.File.WriteAllTextAsync(File("client.key"), clientKey.ExportPkcs8PrivateKeyPem());

        using ECDsa serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Signed(authority, serverKey, "milvus.test", now);
        X509Certificate2 certificate = signed.CopyWithPrivateKey(serverKey);
        server = await GrpcTestServer.StartAsync(
            routes => routes.MapGrpcUnary<KeyDataPair, KeyDataPair>("/t.S/M", KeyDataPair.Parser, (request, _) => ValueTask.FromResult(request)),
            tls =>
            {
                tls.ServerCertificate = certificate;
                tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                tls.ClientCertificateValidation = (presented, _, _) => presented.Subject == "CN=client";
            });
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task The_right_authority_certificate_and_name_connect()
    {
        Assert.Equal("https", server.Address.Scheme);
        KeyDataPair answer = await CallAsync(_ => { });
        Assert.Equal("k", answer.Key);
    }

    [Fact]
    public async Task Another_authority_is_not_trusted() =>
        Assert.Equal(GrpcStatus.Unavailable, (await Assert.ThrowsAsync<GrpcException>(() => CallAsync(options => options.AuthorityFile = File("other.pem")))).Status);

    [Fact]
    public async Task Another_name_is_not_trusted() =>
        Assert.Equal(GrpcStatus.Unavailable, (await Assert.ThrowsAsync<GrpcException>(() => CallAsync(options => options.ServerName = "else.test"))).Status);

    [Fact]
    public async Task Without_a_client_certificate_the_server_refuses() =>
        Assert.Equal(GrpcStatus.Unavailable, (await Assert.ThrowsAsync<GrpcException>(() => CallAsync(options => options.ClientCertificateFile = null))).Status);

    [Theory]
    [InlineData("empty.pem")]
    [InlineData("missing.pem")]
    public async Task A_file_that_is_no_certificate_is_named(string name)
    {
        ArgumentException authority = await Assert.ThrowsAsync<ArgumentException>(() => CallAsync(options => options.AuthorityFile = File(name)));
        Assert.Contains(name, authority.Message, StringComparison.Ordinal);
        ArgumentException client = await Assert.ThrowsAsync<ArgumentException>(() => CallAsync(options => options.ClientCertificateFile = File(name)));
        Assert.Contains(name, client.Message, StringComparison.Ordinal);
    }

    private async Task<KeyDataPair> CallAsync(Action<GrpcChannelOptions> configure)
    {
        using GrpcChannel channel = server.Connect(options =>
        {
            options.AuthorityFile = File("ca.pem");
            options.ClientCertificateFile = File("client.pem");
            options.ClientKeyFile = File("client.key");
            options.ServerName = "milvus.test";
            configure(options);
        });
        return await channel.UnaryAsync("/t.S/M", new KeyDataPair { Key = "k" }, KeyDataPair.Parser, new GrpcCallOptions(TimeSpan.FromSeconds(10)), default);
    }

    private static X509Certificate2 Authority(string name, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, ECDsa key, string name, DateTimeOffset now)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.Create(authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
    }
}
