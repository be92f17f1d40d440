using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Live;

/// <summary>
/// A source and a target that real SDKs can talk to, and MilvusCdc between them: etcd, broker, source, target and server, each a process of its own, stopped together. Target and broker keep
/// what they hold in files, and the server in etcd: all three can be killed and started again.
/// </summary>
public sealed class UpSession : IAsyncDisposable
{
    private const string RootPath = "by-dev";
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    private readonly UpOptions _options;
    private readonly string _folder;
    private readonly KeptPort _sourcePort = KeptPort.Take(), _sourceDoor = KeptPort.Take(), _brokerPort = KeptPort.Take(), _brokerDoor = KeptPort.Take(), _targetPort = KeptPort.Take(), _targetDoor = KeptPort.Take();
    private EtcdServer? _etcd;
    private ChildProcess? _broker;
    private ChildProcess? _source;
    private ChildProcess? _target;
    private ServerProcess? _server;

    private UpSession(UpOptions options)
    {
        _options = options;
        _folder = options.Folder ?? Directory.CreateTempSubdirectory("milvus-cdc-up-").FullName;
    }

    /// <summary>Where everything is.</summary>
    public UpAddresses Addresses { get; private set; } = null!;

    /// <summary>The server's process: a test may kill it and start it again.</summary>
    public ServerProcess Server => _server ?? throw new InvalidOperationException("the sandbox was not started");

    /// <summary>Starts everything, and a task that replicates all.</summary>
    /// <exception cref="SandboxException">A part does not start.</exception>
    public static async Task<UpSession> StartAsync(UpOptions options, CancellationToken cancellation)
    {
        UpSession session = new(options);
        try
        {
            await session.StartPartsAsync(cancellation);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>The broker's process, and the target's: a test may kill them.</summary>
    public ChildProcess BrokerProcess => _broker ?? throw new InvalidOperationException("the sandbox was not started");

    /// <inheritdoc cref="BrokerProcess"/>
    public ChildProcess TargetProcess => _target ?? throw new InvalidOperationException("the sandbox was not started");

    /// <summary>Starts again what has ended by itself and can come back; says what it did, or null.</summary>
    /// <exception cref="SandboxException">A part has ended that cannot come back.</exception>
    public async Task<string?> ReviveAsync(CancellationToken cancellation)
    {
        if (_etcd!.Process.HasExited || _source!.HasExited)
        {
            ChildProcess gone = _etcd.Process.HasExited ? _etcd.Process : _source!;
            throw new SandboxException($"{(gone == _source ? "The source" : "etcd")} has ended: {(gone.LastLines is [.., var last] ? last : "it wrote nothing")}");
        }

        if (_target!.HasExited)
        {
            await _target.DisposeAsync();
            _target = await StartTargetAsync(cancellation);
            return "the target had ended and was started again";
        }

        if (_broker!.HasExited)
        {
            await _broker.DisposeAsync();
            _broker = await StartBrokerAsync(cancellation);
            return "the broker had ended and was started again";
        }

        if (_server!.Process.HasExited)
        {
            await _server.StartAgainAsync(cancellation);
            return "the server had ended and was started again";
        }

        return null;
    }

    /// <summary>Stops everything; no process is left, and no file unless a folder was named.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable? part in (IAsyncDisposable?[])[_server, _target, _source, _broker, _etcd])
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        foreach (KeptPort port in (KeptPort[])[_sourcePort, _sourceDoor, _brokerPort, _brokerDoor, _targetPort, _targetDoor])
        {
            port.Dispose();
        }

        if (_options.Folder is null && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StartPartsAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder);
        _etcd = await EtcdServer.StartAsync(Path.Combine(_folder, "etcd"), _options.Log, cancellation);
        await Task.WhenAll(StartLogAndSourceAsync(cancellation), StartFirstTargetAsync(cancellation));
        _server = await ServerProcess.StartAsync(
            new ServerProcessOptions
            {
                ServerPath = _options.ServerPath,
                Etcd = _etcd.Endpoint,
                Source = new Dictionary<string, string> { ["Cdc__Source__Kafka__BootstrapServers"] = Broker },
                RootPath = RootPath,
                ReplicateChannel = RootPath + "-replicate-msg",
                Log = _options.Log,
            },
            cancellation);
        using TaskApi api = new(_server.Address);
        string task = await api.CreateAsync(_targetPort.Address, cancellation);
        Addresses = new UpAddresses(_sourcePort.Address, _sourceDoor.Address, _targetPort.Address, _targetDoor.Address, _server.Address, _etcd.Endpoint, Broker, _brokerDoor.Address, task);
    }

    private string Broker => $"127.0.0.1:{_brokerPort}";

    private async Task StartLogAndSourceAsync(CancellationToken cancellation)
    {
        _broker = await StartBrokerAsync(cancellation);
        _source = await StartSourceAsync(cancellation);
    }

    private async Task StartFirstTargetAsync(CancellationToken cancellation) => _target = await StartTargetAsync(cancellation);

    private Task<ChildProcess> StartBrokerAsync(CancellationToken cancellation) => StartAsync(
        "broker", ["broker", "--data", Path.Combine(_folder, "broker"), "--port", $"{_brokerPort}", "--door-port", $"{_brokerDoor}"], _brokerDoor, cancellation);

    private Task<ChildProcess> StartSourceAsync(CancellationToken cancellation) => StartAsync(
        "source",
        [
            "source", "--etcd", _etcd!.Endpoint.GetLeftPart(UriPartial.Authority), "--root", RootPath, "--version", _options.Version.ToString(), "--channels", $"{_options.Channels}",
            "--port", $"{_sourcePort}", "--broker", Broker, "--door-port", $"{_sourceDoor}",
        ],
        _sourceDoor,
        cancellation);

    private Task<ChildProcess> StartTargetAsync(CancellationToken cancellation) => StartAsync(
        "target",
        ["target", "--data", Path.Combine(_folder, "target.journal"), "--channels", $"{_options.Channels}", "--port", $"{_targetPort}", "--door-port", $"{_targetDoor}"],
        _targetDoor,
        cancellation);

    private async Task<ChildProcess> StartAsync(string name, string[] arguments, KeptPort door, CancellationToken cancellation)
    {
        ChildProcess process = await ChildProcess.StartAsync(new ChildProcessOptions
        {
            Name = name,
            FileName = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            Arguments = [typeof(UpSession).Assembly.Location, .. arguments],
            Log = _options.Log,
        });
        bool up = false;
        try
        {
            up = await HttpProbe.AnswersAsync(new Uri(door.Address, "/sandbox/state"), StartDeadline, () => process.HasExited, cancellation);
        }
        finally
        {
            if (!up)
            {
                await process.StopAsync(StopGrace);
            }
        }

        return up ? process : throw new SandboxException($"The {name} did not start: {process.LastLines.LastOrDefault(line => line.Length > 0) ?? "it wrote nothing"}");
    }
}
