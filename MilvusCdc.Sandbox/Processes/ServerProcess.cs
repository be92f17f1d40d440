using System.Globalization;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>How the sandbox runs the real MilvusCdc.Server.</summary>
public sealed class ServerProcessOptions
{
    /// <summary>Path of <c>MilvusCdc.Server.dll</c>; null: next to the sandbox's own build output.</summary>
    public string? ServerPath { get; init; }

    /// <summary>etcd of the source and of the server's own state.</summary>
    public required Uri Etcd { get; init; }

    /// <summary>What the server must be told to read from the source's broker, as environment variables: <see cref="Replay.ISourceBroker.ServerSettings"/>.</summary>
    public required IReadOnlyDictionary<string, string> Source { get; init; }

    /// <summary>The source's root path in etcd; null: <see cref="Environment"/> says it.</summary>
    public string? RootPath { get; init; }

    /// <summary>The second element of its metadata keys.</summary>
    public string MetaSubPath { get; init; } = "meta";

    /// <summary>The channel of its operations; null: <see cref="Environment"/> says it.</summary>
    public string? ReplicateChannel { get; init; }

    /// <summary>Its port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Where the server keeps its state in etcd.</summary>
    public string MetaRoot { get; init; } = "milvus-cdc";

    /// <summary>Further environment variables, for example <c>Cdc__Worker__LeaseTtl</c>; they win over those that the source asks for.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets its log lines, or null.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>A running MilvusCdc.Server. It can be killed and started again on the same port.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly ServerProcessOptions _options;
    private readonly string _path;
    private readonly KeptPort? _port;
    private ChildProcess? _process;

    private ServerProcess(ServerProcessOptions options, string path)
    {
        _options = options;
        _path = path;
        _port = options.Port > 0 ? null : KeptPort.Take();
        Address = _port?.Address ?? new Uri($"http://127.0.0.1:{options.Port}");
    }

    /// <summary>Where its API and its dashboard are.</summary>
    public Uri Address { get; }

    /// <summary>The process that runs now, or ran last.</summary>
    public ChildProcess Process => _process ?? throw new InvalidOperationException("the server was never started");

    /// <summary>Starts it and waits until its API answers. Throws <see cref="SandboxException"/> when it is not built or does not start.</summary>
    public static async Task<ServerProcess> StartAsync(ServerProcessOptions options, CancellationToken cancellation)
    {
        string path = options.ServerPath is { } given ? Path.GetFullPath(given) : DefaultPath();
        if (!File.Exists(path))
        {
            throw new SandboxException($"The server is not built ({path} is missing): dotnet build MilvusCdc.Server, or name its MilvusCdc.Server.dll with --server.");
        }

        ServerProcess server = new(options, path);
        try
        {
            await server.StartAgainAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it (again); it must not be running.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        string address = Address.GetLeftPart(UriPartial.Authority), etcd = _options.Etcd.GetLeftPart(UriPartial.Authority);
        Dictionary<string, string> environment = new(StringComparer.Ordinal)
        {
            ["Urls"] = address,
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["Cdc__Source__Etcd__Endpoints__0"] = etcd,
            ["Cdc__MetaStore__Etcd__Endpoints__0"] = etcd,
            ["Cdc__MetaStore__RootPath"] = _options.MetaRoot,
        };
        if (_options.RootPath is { } root)
        {
            environment["Cdc__Source__Etcd__RootPath"] = root;
            environment["Cdc__Source__Etcd__MetaSubPath"] = _options.MetaSubPath;
        }

        if (_options.ReplicateChannel is { } channel)
        {
            environment["Cdc__Source__ReplicateChannel"] = channel;
        }

        foreach ((string name, string value) in _options.Source.Concat(_options.Environment))
        {
            environment[name] = value;
        }

        ChildProcess process = await ChildProcess.StartAsync(new ChildProcessOptions
        {
            Name = "server",
            FileName = System.Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            Arguments = [_path],
            Environment = environment,
            WorkingDirectory = Path.GetDirectoryName(_path),
            Log = _options.Log,
        });
        _process = process;
        bool up = false;
        try
        {
            up = await HttpProbe.AnswersAsync(new Uri(Address, "/api/v1/tasks"), StartDeadline, () => process.HasExited, cancellation);
        }
        finally
        {
            if (!up)
            {
                await process.StopAsync(TimeSpan.FromSeconds(5));
            }
        }

        if (!up)
        {
            string last = process.LastLines.LastOrDefault(line => line.Length != 0) ?? "it wrote nothing";
            throw new SandboxException(string.Create(CultureInfo.InvariantCulture, $"The server did not start on {address} (exit code {process.ExitCode}): {last.Trim()}"));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } running)
        {
            await running.DisposeAsync();
        }

        _port?.Dispose();
    }

    // …/MilvusCdc.Sandbox/bin/Release/net10.0/ → …/MilvusCdc.Server/bin/Release/net10.0/MilvusCdc.Server.dll. A test runs from tests/X/bin/…, so the root is searched upwards.
    private static string DefaultPath()
    {
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string framework = Path.GetFileName(here), configuration = Path.GetFileName(Path.GetDirectoryName(here)!);
        string? root = here;
        while (root is not null && !Directory.Exists(Path.Combine(root, "MilvusCdc.Server")))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? here, "MilvusCdc.Server", "bin", configuration, framework, "MilvusCdc.Server.dll");
    }
}
