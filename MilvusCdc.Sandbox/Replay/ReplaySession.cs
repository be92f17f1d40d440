using System.Diagnostics.CodeAnalysis;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>What is replayed, and how.</summary>
public sealed class ReplayOptions
{
    /// <summary>What is replayed.</summary>
    public required Recording Recording { get; init; }

    /// <summary>Default: all of it lies there before the task starts.</summary>
    public ReplayPace Pace { get; init; } = ReplayPace.CatchUp;

    /// <summary>Live: 1 is the recorded speed, 0 (default) as fast as possible.</summary>
    public double Speed { get; init; }

    /// <summary>Path of <c>MilvusCdc.Server.dll</c>; null: where the build puts it.</summary>
    public string? ServerPath { get; init; }

    /// <summary>Further environment variables of the server.</summary>
    public IReadOnlyDictionary<string, string> ServerEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Members of <c>extra_info</c> that the task is created with.</summary>
    public IReadOnlyDictionary<string, string> ExtraInfo { get; init; } = new Dictionary<string, string>();

    /// <summary>How the target behaves.</summary>
    public StandInOptions Target { get; init; } = new();

    /// <summary>Gets the log lines of etcd and of the server; null: nobody does.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>
/// A source (etcd, broker, a recording), a target stand-in and the real server between them, all on free ports of 127.0.0.1. Use: <see cref="StartAsync"/>, <see cref="RunAsync"/>,
/// <see cref="CompareAsync"/>, dispose. A test may use the parts: kill <see cref="Server"/>'s process and start it again while <see cref="RunAsync"/> waits.
/// Every method throws <see cref="SandboxException"/> or <see cref="RecordingException"/> with one sentence.
/// </summary>
public sealed class ReplaySession : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // A test kills the server and starts it again; longer than this it is not away on purpose.
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(15);

    private readonly ReplayOptions _options;
    private readonly string _folder;
    private readonly List<IAsyncDisposable> _parts = [];
    private ReplaySink? _sink;
    private TaskApi? _api;

    private ReplaySession(ReplayOptions options)
    {
        _options = options;

        // First, since it throws when the recording is damaged: nothing is to be left then.
        History = RecordedHistory.Read(options.Recording);
        _folder = Directory.CreateTempSubdirectory("milvus-cdc-sandbox-").FullName;
    }

    /// <summary>What the source held when, computed from the recording.</summary>
    public RecordedHistory History { get; }

    /// <summary>The source's etcd, which also keeps the server's state.</summary>
    [NotNull]
    public EtcdServer? Etcd { get => field ?? throw NotStarted(); private set; }

    /// <summary>The source's broker, of the recording's kind.</summary>
    [NotNull]
    public ISourceBroker? Source { get => field ?? throw NotStarted(); private set; }

    /// <summary>The broker of a source on Kafka. Throws <see cref="InvalidOperationException"/> for a recording of another kind.</summary>
    public KafkaBroker Broker => (Source as KafkaSourceBroker)?.Broker ?? throw new InvalidOperationException("the recorded source is not on Kafka");

    /// <summary>The broker of a source on Pulsar. Throws <see cref="InvalidOperationException"/> for a recording of another kind.</summary>
    public PulsarSourceBroker Pulsar => Source as PulsarSourceBroker ?? throw new InvalidOperationException("the recorded source is not on Pulsar");

    /// <summary>The target.</summary>
    [NotNull]
    public TargetServer? Target { get => field ?? throw NotStarted(); private set; }

    /// <summary>The server between them.</summary>
    [NotNull]
    public ServerProcess? Server { get => field ?? throw NotStarted(); private set; }

    /// <summary>What feeds the recording; its <see cref="RecordingFeeder.Progress"/> may be read at any time.</summary>
    [NotNull]
    public RecordingFeeder? Feeder { get => field ?? throw NotStarted(); private set; }

    /// <summary>The task's id, once <see cref="RunAsync"/> has created it.</summary>
    public string? TaskId { get; private set; }

    /// <summary>Starts everything; nothing is fed yet.</summary>
    public static async Task<ReplaySession> StartAsync(ReplayOptions options, CancellationToken cancellation)
    {
        ReplaySession session = new(options);
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

    /// <summary>
    /// Feeds the recording, creates the task and waits until its frontier has come as far as the recording's ticks let it and it says that it has caught up. Ends at once with
    /// <see cref="SandboxException"/> when the task needs a person, and after <paramref name="timeout"/>.
    /// </summary>
    public async Task<TaskReport> RunAsync(TimeSpan timeout, Action<FeedProgress, TaskReport>? onProgress, CancellationToken cancellation)
    {
        await Feeder.PrepareAsync(cancellation);
        await CreateTaskAsync(cancellation);
        using CancellationTokenSource stopFeeding = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task feeding = Feeder.StreamAsync(stopFeeding.Token);
        try
        {
            return await WaitAsync(History.LastFrontier, timeout, feeding, onProgress, cancellation);
        }
        finally
        {
            await stopFeeding.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Creates the task; <see cref="RunAsync"/> does it too.</summary>
    public async Task<string> CreateTaskAsync(CancellationToken cancellation) => TaskId = await Api.CreateAsync(Target.Address, _options.ExtraInfo, cancellation);

    /// <summary>How the task is.</summary>
    public Task<TaskReport> GetTaskAsync(CancellationToken cancellation) => Api.GetAsync(TaskId ?? throw NotStarted(), cancellation);

    /// <summary>Waits until the frontier has reached <paramref name="frontier"/> and the task says that it has caught up.</summary>
    /// <param name="frontier">A Milvus timestamp.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="feeding">Must have ended too; its failure ends the wait.</param>
    /// <param name="onProgress">Called at every look.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<TaskReport> WaitAsync(ulong frontier, TimeSpan timeout, Task feeding, Action<FeedProgress, TaskReport>? onProgress, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp(), answered = started;
        TaskReport? last = null;
        while (true)
        {
            if (feeding.IsFaulted)
            {
                await feeding;
            }

            try
            {
                last = await GetTaskAsync(cancellation);
                answered = TimeProvider.System.GetTimestamp();
                onProgress?.Invoke(Feeder.Progress, last);
                if (last.NeedsAPerson)
                {
                    throw new SandboxException($"The task is {last.Phase}: {last.Reason ?? "the server gives no reason"}");
                }

                if (feeding.IsCompletedSuccessfully && last.CaughtUp && last.Frontier >= frontier)
                {
                    return last;
                }
            }
            catch (SandboxException) when (last is not { NeedsAPerson: true } && TimeProvider.System.GetElapsedTime(answered) < ServerPatience)
            {
                // The server is away; it may be on its way up again.
            }

            if (TimeProvider.System.GetElapsedTime(started) > timeout)
            {
                throw new SandboxException(
                    $"The target did not catch up within {timeout.TotalSeconds:0} s: {Behind(frontier, last)}, phase {last?.Phase ?? "unknown"}{(last?.Reason is { } reason ? $" ({reason})" : "")}.");
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Reads the target back and compares it with what the source held at the end, in structure too where it was recorded.</summary>
    public async Task<ComparisonReport> CompareAsync(CancellationToken cancellation)
    {
        using TargetReader reader = new(Target.Address);
        TargetContent content = await reader.ReadAsync(cancellation);
        IReadOnlyDictionary<string, CollectionRows> rows = _options.Recording.HasSourceRows ? _options.Recording.SourceRows() : History.RowsAt(ulong.MaxValue);
        return TableComparer.Compare(rows, content.Rows, _options.Recording.SourceState(), content.Structures);
    }

    /// <summary>Stops everything; no process and no file is left.</summary>
    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        _sink?.Dispose();
        for (int part = _parts.Count - 1; part >= 0; part--)
        {
            await _parts[part].DisposeAsync();
        }

        _parts.Clear();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private TaskApi Api => _api ?? throw NotStarted();

    private static InvalidOperationException NotStarted() => new("the session was not started");

    private static string Behind(ulong frontier, TaskReport? task) => task switch
    {
        null => "the server never said how the task is",
        { Frontier: 0 } => "the task has no frontier yet",
        _ when task.Frontier < frontier => $"its frontier is {(HybridTime.Moment(frontier) - HybridTime.Moment(task.Frontier)).TotalSeconds:0.0} s of source time short",
        _ => "it does not say that it has caught up",
    };

    private async Task StartPartsAsync(CancellationToken cancellation)
    {
        Etcd = Add(await EtcdServer.StartAsync(Path.Combine(_folder, "etcd"), _options.Log, cancellation));
        Source = Add<ISourceBroker>(_options.Recording.Log == RecordedLog.Pulsar
            ? new PulsarSourceBroker()
            : new KafkaSourceBroker(await KafkaBroker.StartAsync(new KafkaBrokerOptions(), cancellation)));
        Target = Add(await TargetServer.StartAsync(options: _options.Target, cancellation: cancellation));
        _sink = new ReplaySink(Etcd.Endpoint, Source);
        Feeder = new RecordingFeeder(_options.Recording, _sink, _options.Pace, _options.Speed, TimeProvider.System);
        Server = Add(await ServerProcess.StartAsync(
            new ServerProcessOptions
            {
                ServerPath = _options.ServerPath,
                Etcd = Etcd.Endpoint,
                Source = Source.ServerSettings,
                RootPath = _options.Recording.RootPath,
                MetaSubPath = _options.Recording.MetaSubPath,
                ReplicateChannel = _options.Recording.ReplicateChannel,
                Environment = _options.ServerEnvironment,
                Log = _options.Log,
            },
            cancellation));
        _api = new TaskApi(Server.Address);
    }

    private T Add<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
