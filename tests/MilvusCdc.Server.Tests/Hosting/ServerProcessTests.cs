using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Server.Tests.Hosting;

/// <summary>The server as its own process.</summary>
public sealed class ServerProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Bad_configuration_is_told_in_one_go_and_ends_the_process()
    {
        using Process server = Start(("Cdc__Worker__LeaseTtl", "10"), ("Cdc__Source__Kafka__BootstrapServers", "nowhere"));
        Task<string> output = server.StandardOutput.ReadToEndAsync();
        string errors = await server.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await server.WaitForExitAsync().WaitAsync(Patience);

        Assert.Equal(2, server.ExitCode);
        Assert.Contains("Cdc:Worker:LeaseTtl is '10'", errors, StringComparison.Ordinal);
        Assert.Contains("Cdc:Source:Kafka:BootstrapServers is 'nowhere'", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors + await output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_serves_although_etcd_is_not_up_yet()
    {
        // Nothing listens on port 1.
        using Process server = Start(("Cdc__Source__Etcd__Endpoints", "http://127.0.0.1:1"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"));
        try
        {
            string address = await AddressAsync(server).WaitAsync(Patience);
            using HttpClient http = new() { BaseAddress = new Uri(address) };
            using StringContent list = new("""{"request_type":"list"}""");

            using HttpResponseMessage answer = await http.PostAsync(new Uri("/cdc", UriKind.Relative), list);

            Assert.StartsWith("{\"code\":500", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains("\"product\":\"MilvusCdc\"", await http.GetStringAsync(new Uri("/api/v1/version", UriKind.Relative)), StringComparison.Ordinal);
            Assert.Equal("Healthy", await http.GetStringAsync(new Uri("/alive", UriKind.Relative)));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Listener_takes_a_certificate_in_pem_form()
    {
        string folder = Directory.CreateTempSubdirectory("milvus-cdc-tls-").FullName;
        using TestCertificate certificate = TestCertificate.For("cdc.example.com");
        (string pem, string keyPem) = await certificate.WriteAsync(folder, "server");
        using Process server = Start(
            ("Cdc__Source__Etcd__Endpoints", "http://127.0.0.1:1"), ("Urls", "https://127.0.0.1:0"),
            ("Kestrel__Certificates__Default__Path", pem), ("Kestrel__Certificates__Default__KeyPath", keyPem));
        try
        {
            Uri address = new(await AddressAsync(server).WaitAsync(Patience));
            SocketsHttpHandler handler = new() { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.Certificate.GetCertHashString() } };
            using HttpClient pinned = new(handler) { BaseAddress = address };

            Assert.Equal("https", address.Scheme);
            Assert.Equal("Healthy", await pinned.GetStringAsync(new Uri("/alive", UriKind.Relative)));
            using HttpClient open = new();
            await Assert.ThrowsAsync<HttpRequestException>(() => open.GetStringAsync(new UriBuilder(address) { Scheme = "http", Path = "/alive" }.Uri));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> AddressAsync(Process server)
    {
        const string Mark = "Now listening on: ";
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            int at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                _ = server.StandardOutput.ReadToEndAsync();
                return line[(at + Mark.Length)..].Trim();
            }
        }

        throw new InvalidOperationException("the server ended before it listened");
    }

    private static Process Start(params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "MilvusCdc.Server.dll");
        ProcessStartInfo start = new("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(program)! };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
