using System.Globalization;
using System.Net;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>The real server as a process, with an empty source, and the two targets that the recorded requests name.</summary>
public sealed class OwnServer : ICaseServer, IAsyncDisposable
{
    // As recorded: every address 127.x.y.z of these ports was a target.
    private static readonly int[] TargetPorts = [24201, 24202];

    private const string SourceRoot = "goapi-src";

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("milvus-cdc-go-api-").FullName;
    private readonly string? _serverPath;
    private readonly Action<string>? _log;
    private EtcdServer? _etcd;
    private KafkaBroker? _broker;
    private ServerProcess? _server;
    private int _roots;

    private OwnServer(string? serverPath, Action<string>? log) => (_serverPath, _log) = (serverPath, log);

    /// <summary>Starts etcd, broker and targets. Throws <see cref="SandboxException"/>; <see cref="IOException"/> when another program listens on a target's port.</summary>
    public static async Task<OwnServer> StartAsync(string? serverPath, Action<string>? log, CancellationToken cancellation)
    {
        OwnServer server = new(serverPath, log);
        try
        {
            server._parts.Add(server._etcd = await EtcdServer.StartAsync(Path.Combine(server._folder, "etcd"), log, cancellation));
            await SeedAsync(server._etcd.Endpoint, cancellation);
            server._parts.Add(server._broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions(), cancellation));
            foreach (int port in TargetPorts)
            {
                server._parts.Add(await TargetServer.StartAsync(IPAddress.IPv6Any, port, cancellation: cancellation));
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<Uri?> FreshAsync(string profile, CancellationToken cancellation)
    {
        await StopAsync();
        _server = await ServerProcess.StartAsync(
            new ServerProcessOptions
            {
                ServerPath = _serverPath,
                Etcd = _etcd!.Endpoint,
                Source = new KafkaSourceBroker(_broker!).ServerSettings,
                MetaRoot = string.Create(CultureInfo.InvariantCulture, $"go-api-{++_roots}"),
                Environment = new Dictionary<string, string>
                {
                    ["Cdc__Source__Etcd__RootPath"] = SourceRoot,
                    ["Cdc__Source__ReplicateChannel"] = "sp-replicate-msg",
                    ["Cdc__Api__MaxTasks"] = profile is "limit2" ? "2" : "100",
                },
                Log = _log,
            },
            cancellation);
        return _server.Address;
    }

    /// <inheritdoc/>
    public async Task<Uri?> RestartAsync(CancellationToken cancellation)
    {
        await _server!.Process.StopAsync(TimeSpan.FromSeconds(60));
        await _server.StartAgainAsync(cancellation);
        return _server.Address;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        for (int part = _parts.Count - 1; part >= 0; part--)
        {
            await _parts[part].DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    // A source that was just installed: without any key under its root a server takes the root path for wrong.
    private static async Task SeedAsync(Uri etcd, CancellationToken cancellation)
    {
        using EtcdClient client = new(new EtcdOptions { Endpoints = [etcd.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        await client.PutAsync($"{SourceRoot}/meta/root-coord/credential/users/root", "{}"u8.ToArray(), 0, cancellation);
    }

    private async Task StopAsync()
    {
        if (_server is { } running)
        {
            _server = null;
            await running.DisposeAsync();
        }
    }
}
