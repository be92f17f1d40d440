using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Sandbox.Tests.Pulsar;

/// <summary>Who may connect, and what a namespace says of its retention.</summary>
public class PulsarSecurityTests
{
    private const string Topic = PulsarTestBed.Topic;

    [Theory]
    [InlineData("token")]
    [InlineData("file")]
    [InlineData("basic")]
    public async Task Broker_wants_a_login_then_the_right_one_is_taken_and_a_wrong_one_is_said_without_showing_it(string method)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "geheim\n");
        try
        {
            await using PulsarTestBed bed = new(options =>
            {
                options.Token = method == "basic" ? null : "geheim";
                options.Basic = method == "basic" ? "u:geheim" : null;
            });
            bed.Fill(1);
            PulsarSourceLog log = bed.Reader(options => Login(options, method, file, "geheim"));
            await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
            await bed.TakeNumbersAsync(log, 1);

            await File.WriteAllTextAsync(file, "falsch");
            PulsarSourceLog wrong = bed.Reader(options => Login(options, method, file, "falsch"));
            SourceLogException refused = await Assert.ThrowsAnyAsync<SourceLogException>(() => wrong.OpenAsync(Topic, wrong.Beginning, bed.Deadline));

            Assert.Contains("refuses the connection: Pulsar answers AuthenticationError (Unable to authenticate)", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("falsch", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Broker_speaks_tls_then_its_certificate_must_be_of_the_stated_authority_and_ours_is_shown()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pulsar-tls-");
        try
        {
            using TestCertificate one = TestCertificate.For("one", "127.0.0.1"), other = TestCertificate.For("other", "127.0.0.1");
            (string certificateFile, string keyFile) = await one.WriteAsync(folder.FullName, "one");
            (string otherFile, _) = await other.WriteAsync(folder.FullName, "other");
            await using PulsarTestBed bed = new(options => (options.Certificate, options.WantsClientCertificate) = (one.Certificate, true));
            bed.Fill(1);

            PulsarSourceLog log = bed.Reader(options => Tls(options, bed, certificateFile, certificateFile, keyFile));
            await log.OpenAsync(Topic, log.Beginning, bed.Deadline);
            await bed.TakeNumbersAsync(log, 1);
            Assert.Equal("tls", bed.Broker.Commands.First(command => command.Type == BaseCommand.Types.Type.Connect).Connect.AuthMethodName);

            PulsarSourceLog stranger = bed.Reader(options => Tls(options, bed, otherFile, certificateFile, keyFile));
            SourceLogException refused = await Assert.ThrowsAnyAsync<SourceLogException>(() => stranger.OpenAsync(Topic, stranger.Beginning, bed.Deadline));
            Assert.Contains($"Pulsar at {bed.Broker.SecureUrl} cannot be reached", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"retentionTimeInMinutes":10080,"retentionSizeInMB":-1}""", "", false, "keeps its log for 7 days: a task that is down or paused for longer loses messages")]
    [InlineData("""{"retentionTimeInMinutes":-1,"retentionSizeInMB":-1}""", "", false, "keeps its log for ever.")]
    [InlineData("""{"retentionTimeInMinutes":0,"retentionSizeInMB":0}""", "", false, "keeps nothing of its log that no subscription needs: a task that is down")]
    [InlineData("", "3600", true, "has no retention policy of its own, so the brokers' default holds (Pulsar's own: nothing is kept that no subscription needs); the task's durable subscriptions hold what is not on the target yet. Its message TTL of 1 hours")]
    [InlineData("nonsense", "", false, "How long Pulsar keeps the log of 'public/default' could not be read: http://127.0.0.1:")]
    public async Task Namespace_has_a_policy_then_it_is_said_what_that_means(string retention, string ttl, bool isDurable, string said)
    {
        using HttpListener admin = new();
        using KeptPort port = KeptPort.Take();
        admin.Prefixes.Add($"{port.Address}");
        admin.Start();
        Task serving = ServeAsync(admin, retention, ttl);
        using PulsarAdmin asked = new(port.Address, new PulsarSourceLogOptions { ServiceUrl = "pulsar://x", Token = "geheim" }, TimeProvider.System);

        PulsarRetention found = await asked.RetentionAsync(CancellationToken.None);

        Assert.Contains(said, found.Describe(isDurable), StringComparison.Ordinal);
        admin.Stop();
        await serving;
    }

    private static async Task ServeAsync(HttpListener admin, string retention, string ttl)
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await admin.GetContextAsync();
            }
            catch (Exception over) when (over is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            string path = context.Request.Url!.AbsolutePath;
            bool isKnown = path.StartsWith("/admin/v2/namespaces/public/default/", StringComparison.Ordinal) && context.Request.Headers["Authorization"] == "Bearer geheim";
            string text = path.EndsWith("/retention", StringComparison.Ordinal) ? retention : ttl;
            context.Response.StatusCode = !isKnown ? 401 : text.Length == 0 ? 204 : 200;
            context.Response.Close(isKnown ? Encoding.UTF8.GetBytes(text) : [], willBlock: false);
        }
    }

    private static void Login(PulsarSourceLogOptions options, string method, string file, string secret)
    {
        switch (method)
        {
            case "token":
                options.Token = secret;
                break;
            case "file":
                options.TokenFile = file;
                break;
            default:
                (options.User, options.Password) = ("u", secret);
                break;
        }
    }

    private static void Tls(PulsarSourceLogOptions options, PulsarTestBed bed, string authority, string certificate, string key)
    {
        options.ServiceUrl = bed.Broker.SecureUrl;
        (options.AuthorityFile, options.ClientCertificateFile, options.ClientKeyFile) = (authority, certificate, key);
    }
}
