using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Core.Tests.Plan;

/// <summary>A source to plan against: the recorded one, as it was when its session ended, in a real etcd and the sandbox's broker.</summary>
public sealed class PlanBed : IAsyncDisposable
{
    private const int MessagesOfTopic = 200;

    private PlanBed(EtcdProcess etcd, KafkaBroker broker)
    {
        Etcd = etcd;
        Broker = broker;
    }

    public const string RootPath = "s1";

    public const string ReplicateChannel = "s1-replicate-msg";

    internal EtcdProcess Etcd { get; }

    internal KafkaBroker Broker { get; }

    /// <summary>Configuration of the source.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Cdc:Source:Etcd:Endpoints"] = $"http://{Etcd.Endpoint}",
        ["Cdc:Source:Etcd:RootPath"] = RootPath,
        ["Cdc:Source:Kafka:BootstrapServers"] = Broker.BootstrapServers,
        ["Cdc:Source:ReplicateChannel"] = ReplicateChannel,
    };

    public static async Task<PlanBed> StartAsync()
    {
        Recording recording = Recording.Open(Path.Combine(Root(), "recordings", "kafka-2.3.5"));
        EtcdProcess etcd = await EtcdProcess.StartAsync();
        KafkaBroker broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions(), CancellationToken.None);
        using EtcdClient client = new(new EtcdOptions { Endpoints = [$"http://{etcd.Endpoint}"] }, TimeProvider.System);
        foreach (EtcdEntry[] part in recording.EtcdAfter().Chunk(100))
        {
            EtcdTxn txn = new();
            foreach (EtcdEntry entry in part)
            {
                txn.Then.Put(entry.Key, entry.Value);
            }

            await client.TxnAsync(txn, default);
        }

        await client.PutAsync("s1/meta/session/rootcoord", Encoding.UTF8.GetBytes("""{"ServerID":1,"ServerName":"rootcoord","Version":"2.3.5"}"""), 0, default);
        await client.PutAsync("s1/meta/session/id", "17"u8.ToArray(), 0, default);
        foreach (string topic in recording.Topics)
        {
            foreach (RecordedMessage message in recording.Messages(topic).Take(MessagesOfTopic))
            {
                broker.Append(topic, message.Value, [], message.TimestampMs);
            }
        }

        return new PlanBed(etcd, broker);
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Etcd.DisposeAsync();
    }

    private static string Root()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MilvusCdc.sln")))
        {
            root = Path.GetDirectoryName(root.TrimEnd('/')) ?? throw new InvalidOperationException("MilvusCdc.sln is in no folder above the tests");
        }

        return root;
    }
}

/// <summary>A target behind TLS whose certificate is for one name, and the file of the authority that signed it: itself.</summary>
public sealed class TlsTarget : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestCertificate _certificate;

    private TlsTarget(WebApplication app, TestCertificate certificate, string authorityFile)
    {
        _app = app;
        _certificate = certificate;
        AuthorityFile = authorityFile;
    }

    public string AuthorityFile { get; }

    public Uri Address => new(_app.Urls.Single());

    public static async Task<TlsTarget> StartAsync(string name)
    {
        TestCertificate certificate = TestCertificate.For(name);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("milvus-cdc-tls-");
        (string authority, _) = await certificate.WriteAsync(folder.FullName, "authority");

        StandInMilvus milvus = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(certificate.Certificate);
        }));
        WebApplication app = builder.Build();
        app.MapGrpcRaw(
            "/milvus.proto.milvus.MilvusService/{method}",
            (message, call) => milvus.HandleAsync(call.Method, message, call.Metadata.ToDictionary(static one => one.Key.ToLowerInvariant(), static one => one.Value.ToString(), StringComparer.Ordinal), call.CancellationToken));
        await app.StartAsync();
        return new TlsTarget(app, certificate, authority);
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(Path.GetDirectoryName(AuthorityFile)!, recursive: true);
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
    }
}
