namespace MilvusCdc.Sandbox.Processes;

/// <summary>A real etcd of one member on free ports of 127.0.0.1.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";
    private const int Attempts = 3;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly ChildProcessOptions _options;
    private ChildProcess _process;

    private EtcdServer(ChildProcessOptions options, ChildProcess process, Uri endpoint)
    {
        _options = options;
        _process = process;
        Endpoint = endpoint;
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Endpoint { get; }

    /// <summary>The process itself: the one that runs now, or ran last.</summary>
    public ChildProcess Process => _process;

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

        // A free port can be gone a moment later.
        for (int attempt = 1; ; attempt++)
        {
            int[] ports = FreePort.Find(2);
            Uri client = new($"http://127.0.0.1:{ports[0]}");
            string clientUrl = client.GetLeftPart(UriPartial.Authority), peerUrl = $"http://127.0.0.1:{ports[1]}";
            Directory.CreateDirectory(dataDirectory);
            ChildProcessOptions options = new()
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
            };
            ChildProcess process = await ChildProcess.StartAsync(options);
            try
            {
                if (await HttpProbe.AnswersAsync(new Uri(client, "/health"), StartDeadline, () => process.HasExited, cancellation))
                {
                    return new EtcdServer(options, process, client);
                }
            }
            catch (OperationCanceledException)
            {
                await process.DisposeAsync();
                throw;
            }

            IReadOnlyList<string> lines = process.LastLines;
            await process.DisposeAsync();
            if (attempt == Attempts || !lines.Any(line => line.Contains("address already in use", StringComparison.Ordinal)))
            {
                throw new SandboxException($"etcd did not start on {clientUrl}: {(lines.Count == 0 ? "it wrote nothing" : lines[^1])}");
            }
        }
    }

    /// <summary>Starts it again, with its data and its ports; it must not be running. Throws <see cref="SandboxException"/> when it does not start.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        await _process.DisposeAsync();
        ChildProcess process = _process = await ChildProcess.StartAsync(_options);
        if (!await HttpProbe.AnswersAsync(new Uri(Endpoint, "/health"), StartDeadline, () => process.HasExited, cancellation))
        {
            throw new SandboxException($"etcd did not start again on {Endpoint}: {(process.LastLines is [.., var last] ? last : "it wrote nothing")}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
