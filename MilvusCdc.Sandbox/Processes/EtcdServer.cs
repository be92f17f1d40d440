namespace MilvusCdc.Sandbox.Processes;

/// <summary>A real etcd of one member on free ports of 127.0.0.1.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly ChildProcessOptions _options;
    private readonly KeptPort _clients;
    private readonly KeptPort _peers;
    private ChildProcess? _process;

    private EtcdServer(ChildProcessOptions options, KeptPort clients, KeptPort peers)
    {
        _options = options;
        _clients = clients;
        _peers = peers;
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Endpoint => _clients.Address;

    /// <summary>The process itself: the one that runs now, or ran last.</summary>
    public ChildProcess Process => _process ?? throw new InvalidOperationException("etcd was never started");

    /// <summary>Starts it and waits until it is healthy. Throws <see cref="SandboxException"/> when etcd is not installed or does not start.</summary>
    /// <param name="dataDirectory">Where it keeps its data; made when missing.</param>
    /// <param name="log">Gets its log lines (warnings and errors), or null.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<EtcdServer> StartAsync(string dataDirectory, Action<string>? log, CancellationToken cancellation)
    {
        if (!File.Exists(Program))
        {
            throw new SandboxException($"etcd is not installed ({Program} is missing): apt-get install etcd-server.");
        }

        KeptPort clients = KeptPort.Take(), peers = KeptPort.Take();
        string clientUrl = clients.Address.GetLeftPart(UriPartial.Authority), peerUrl = peers.Address.GetLeftPart(UriPartial.Authority);
        Directory.CreateDirectory(dataDirectory);
        EtcdServer etcd = new(
            new ChildProcessOptions
            {
                Name = "etcd",
                FileName = Program,
                Arguments =
                [
                    "--name", "sandbox", "--data-dir", dataDirectory, "--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl,
                    "--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", $"sandbox={peerUrl}",
                    "--logger", "zap", "--log-level", "warn", "--log-outputs", "stderr",
                ],
                Log = log,
            },
            clients,
            peers);
        try
        {
            await etcd.StartAgainAsync(cancellation);
            return etcd;
        }
        catch
        {
            await etcd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again, with its data and its ports; it must not be running. Throws <see cref="SandboxException"/> when it does not start.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        if (_process is { } before)
        {
            await before.DisposeAsync();
        }

        ChildProcess process = _process = await ChildProcess.StartAsync(_options);
        if (!await HttpProbe.AnswersAsync(new Uri(Endpoint, "/health"), StartDeadline, () => process.HasExited, cancellation))
        {
            throw new SandboxException($"etcd did not start on {Endpoint}: {(process.LastLines is [.., var last] ? last : "it wrote nothing")}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } running)
        {
            await running.DisposeAsync();
        }

        _clients.Dispose();
        _peers.Dispose();
    }
}
