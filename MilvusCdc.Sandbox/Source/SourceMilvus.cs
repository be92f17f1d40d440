using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Source;

/// <summary>
/// A Milvus in memory as a CDC source shows it: it answers clients, and leaves the same traces in etcd and in the log as a real one, in the same order (milvus-source-formats.md §1 to §6).
/// Safe for concurrent use; changes are made one after the other. What a client does wrong ends with a <see cref="RefusalException"/> that has Milvus's code and words, and leaves no trace.
/// An empty database name means "default".
/// </summary>
public sealed partial class SourceMilvus : IAsyncDisposable
{
    /// <summary>What stands in base.sourceID of every message.</summary>
    internal const long NodeId = 1;

    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly StandInMilvus _model;
    private readonly Instance _instance;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SourceLog _log;
    private readonly SourceJournal _journal;
    private readonly SourceTicks _ticks;
    private readonly MetadataStore _store;
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<long, Birth> _births = [];
    private readonly Dictionary<long, long> _replicas = [];
    private readonly Dictionary<long, ulong> _indexTimes = [];
    private readonly PriorityQueue<Burial, DateTimeOffset> _burials = new();
    private DateTimeOffset _clockWindow;
    private Task _pump = Task.CompletedTask;

    private SourceMilvus(SourceOptions options, IMetadataWriter metadata, ISourceLogWriter log, TimeProvider time, ILogger logger)
    {
        Options = options;
        _time = time;
        _logger = logger;
        _model = new StandInMilvus(
            new StandInOptions
            {
                ChannelPrefix = options.ChannelPrefix,
                ChannelCount = options.ChannelCount,
                TtMsgEnabled = true,
                TsoFollowsTicks = false,
                Version = options.Version.ToString(),
            },
            time);
        _instance = _model.Instance;
        _log = new SourceLog(log, options.Version, Faults, time);
        _journal = new SourceJournal(options, _log, _instance.NextId);
        _ticks = new SourceTicks(_instance, _log);
        _store = new MetadataStore(new MetadataKeys(options), metadata);
        _instance.Journal = _journal;
        _instance.LastId = (long)_instance.Clock.Next();
    }

    /// <summary>How it behaves.</summary>
    public SourceOptions Options { get; }

    /// <summary>How its log misbehaves.</summary>
    public SourceFaults Faults { get; } = new();

    /// <summary>How its calls misbehave when they come over gRPC: delays, errors, lost answers.</summary>
    public FaultSwitches CallFaults { get; } = new();

    /// <summary>The newest timestamp that a change was made at. Once the target's frontier has passed it, both sides are equal.</summary>
    public ulong LastChange { get; private set; }

    /// <summary>The newest tick written; 0: none yet.</summary>
    public ulong LastTick => _ticks.Newest;

    /// <summary>Starts an empty instance: writes the metadata of a new Milvus, and begins to tick.</summary>
    /// <param name="options">How it behaves. Read once.</param>
    /// <param name="metadata">Its etcd.</param>
    /// <param name="log">Its message queue.</param>
    /// <param name="time">Clock of timestamps and ticks.</param>
    /// <param name="logger">Where the pump of ticks complains.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message names all.</exception>
    public static async Task<SourceMilvus> StartAsync(
        SourceOptions options, IMetadataWriter metadata, ISourceLogWriter log, TimeProvider? time = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        options.Check();
        SourceMilvus source = new(options, metadata, log, time ?? TimeProvider.System, logger ?? NullLogger.Instance);
        source.OpenChannels();
        await source.WriteFirstMetadataAsync(cancellation);
        if (options.TicksByItself)
        {
            source._pump = source.PumpAsync();
        }

        return source;
    }

    /// <summary>A timestamp of its clock, larger than all before.</summary>
    public ulong AllocateTimestamp()
    {
        lock (_instance.Gate)
        {
            return _instance.Clock.Next();
        }
    }

    /// <summary>Writes one round of ticks, and the tombstones that are due. Returns the tick.</summary>
    public async Task<ulong> TickAsync(CancellationToken cancellation = default)
    {
        ulong tick = _ticks.Round();
        DateTimeOffset now = _time.GetUtcNow();
        if (now >= _clockWindow)
        {
            _clockWindow = now + TimeSpan.FromSeconds(3);
            await _store.SaveClockAsync(_clockWindow, cancellation);
        }

        await BuryAsync(now, cancellation);
        return tick;
    }

    /// <summary>Puts bytes on a channel as they are, for what no real server would write.</summary>
    public void AppendRaw(string channel, byte[] value) => _log.Raw(channel, value);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _pump;
        _stopping.Dispose();
        _oneChange.Dispose();
    }

    /// <summary>Answers a question, which changes nothing.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> AskAsync(string method, ReadOnlyMemory<byte> request, CallContext context) =>
        context.Forced is null ? _model.HandleAsync(method, request, context.Metadata, context.Cancellation) : _model.HandleForcedAsync(method, request, context);

    /// <summary>Makes one change after the other; ticks wait below it.</summary>
    private async Task<T> ChangeAsync<T>(Func<Task<T>> change, CancellationToken cancellation)
    {
        await _oneChange.WaitAsync(cancellation);
        try
        {
            _log.BeginTrace();
            _ticks.BeginChange();
            T result = await change();
            LastChange = AllocateTimestamp();
            return result;
        }
        finally
        {
            _ticks.EndChange();
            _oneChange.Release();
        }
    }

    private Task ChangeAsync(Func<Task> change, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            await change();
            return true;
        },
        cancellation);

    /// <summary>Asks the instance behind it as a client does.</summary>
    private async Task<TResponse> AskAsync<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellation, IReadOnlyDictionary<string, string>? metadata = null)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ReadOnlyMemory<byte> answer = await _model.HandleAsync(method.Name, request.ToByteArray(), metadata ?? NoMetadata, cancellation);
        TResponse response = method.Parser.ParseFrom(answer.Span);
        Status status = method.StatusOf(response);
        return status is { Code: 0, ErrorCode: ErrorCode.Success } ? response : throw new RefusalException(status.Code, status.ErrorCode, status.Reason) { Detail = status.Detail };
    }

    private Collection? Find(string database, string nameOrAlias)
    {
        lock (_instance.Gate)
        {
            return _instance.Databases.GetValueOrDefault(DatabaseOr(database))?.Find(nameOrAlias);
        }
    }

    private static string DatabaseOr(string database) => database.Length > 0 ? database : CallContext.DefaultDatabase;

    // A root coordinator and its proxy open producers for all channels when they start.
    private void OpenChannels()
    {
        foreach (string channel in (string[])[.. Enumerable.Range(0, Options.ChannelCount).Select(_instance.Channels.NameOf), Options.ReplicateChannel])
        {
            _log.Open(channel);
        }
    }

    private Task WriteFirstMetadataAsync(CancellationToken cancellation) =>
        _store.SaveAsync(_store.Keys.Database(1), MetadataValues.Database(_instance.Databases[CallContext.DefaultDatabase]), AllocateTimestamp(), cancellation);

    private async Task PumpAsync()
    {
        using PeriodicTimer timer = new(Options.TickInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await TickKeepingOnAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task TickKeepingOnAsync()
    {
        try
        {
            await TickAsync(_stopping.Token);
        }
        catch (Protocol.Etcd.EtcdException fault)
        {
            LogTickFailed(_logger, fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The source could not write its metadata with a tick: {Reason}. It tries again with the next one.")]
    private static partial void LogTickFailed(ILogger logger, string reason);
}
