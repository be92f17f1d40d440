using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>What a connection gives to a consumer. Called on the connection's reading task, one at a time.</summary>
internal interface IConsumerSink
{
    /// <summary>An entry came. Its bytes hold only during the call.</summary>
    void OnEntry(CommandMessage message, ReadOnlyMemory<byte> entry);

    /// <summary>The consumer is at its end: closed by the broker, or the connection broke.</summary>
    void OnEnd(string why);
}

/// <summary>One connection to one broker, shared by all channels that the broker serves: handshake, questions and answers, keep-alive, and the frames of its consumers.</summary>
internal sealed partial class PulsarConnection : IAsyncDisposable
{
    private const int ProtocolVersion = 20;
    private const string ClientVersion = "MilvusCdc-0.1";

    private readonly PulsarSourceLogOptions _options;
    private readonly PulsarQueue _queue;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Stream _stream;
    private readonly FrameReader _frames;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<BaseCommand>> _questions = new();
    private readonly ConcurrentDictionary<ulong, IConsumerSink> _sinks = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly PulsarAuthentication _authentication;
    private Task _running = Task.CompletedTask;
    private long _nextRequest;
    private long _heard;
    private volatile string? _why;
    private volatile bool _held;

    private PulsarConnection(ServiceAddress address, Stream stream, PulsarSourceLogOptions options, PulsarQueue queue, TimeProvider time, ILogger log)
    {
        Address = address;
        _stream = stream;
        _options = options;
        _queue = queue;
        _time = time;
        _log = log;
        _frames = new FrameReader(stream);
        _authentication = new PulsarAuthentication(options);
    }

    /// <summary>The broker; behind a proxy that is not whom the socket leads to.</summary>
    public ServiceAddress Address { get; }

    /// <summary>Whether it can be used no more.</summary>
    public bool IsClosed => _why is not null;

    /// <summary>Connects and shakes hands. <paramref name="through"/>: the proxy to go through, or the broker itself. Throws <see cref="SourceLogException"/>.</summary>
    public static async Task<PulsarConnection> OpenAsync(
        ServiceAddress broker, ServiceAddress through, PulsarSourceLogOptions options, PulsarQueue queue, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        using CancellationTokenSource late = new(options.Timeout, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        PulsarConnection? connection = null;
        try
        {
            connection = new PulsarConnection(broker, await ConnectAsync(through, options, both.Token), options, queue, time, log);
            await connection.ShakeHandsAsync(broker == through ? null : broker, both.Token);
            connection.Run();
            return connection;
        }
        catch (Exception failed) when (failed is SocketException or IOException or InvalidDataException or AuthenticationException or OperationCanceledException or SourceLogException)
        {
            await (connection?._stream.DisposeAsync() ?? ValueTask.CompletedTask);
            cancellation.ThrowIfCancellationRequested();
            string reason = failed is OperationCanceledException ? $"no answer within {options.Timeout.TotalSeconds:0.#} s" : failed.Message;
            throw failed as PulsarRefusedException ?? new SourceLogException(options.WithoutSecrets($"Pulsar at {through} cannot be reached: {reason}"), failed);
        }
    }

    /// <summary>A number that answers are told apart by.</summary>
    public ulong NextRequest() => (ulong)Interlocked.Increment(ref _nextRequest);

    /// <summary>Sends a command that is not answered.</summary>
    public void Send(BaseCommand command) => _outgoing.Writer.TryWrite(Frames.Write(command));

    /// <summary>Sends a question and waits for its answer. Throws <see cref="PulsarRefusedException"/> for an ERROR, <see cref="SourceLogException"/> when none comes.</summary>
    public async Task<BaseCommand> AskAsync(BaseCommand question, ulong request, string what, CancellationToken cancellation)
    {
        TaskCompletionSource<BaseCommand> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[request] = answer;
        try
        {
            Send(question);
            if (_why is { } why)
            {
                throw Lost(why);
            }

            BaseCommand answered = await answer.Task.WaitAsync(_options.Timeout, _time, cancellation);
            return answered.Type == BaseCommand.Types.Type.Error ? throw new PulsarRefusedException(answered.Error.Error, answered.Error.Message, what) : answered;
        }
        catch (TimeoutException late)
        {
            throw new SourceLogException($"{what}: Pulsar at {Address} did not answer within {_options.Timeout.TotalSeconds:0.#} s", late);
        }
        finally
        {
            _questions.TryRemove(request, out _);
        }
    }

    /// <summary>Entries of a consumer go to <paramref name="sink"/> from now on. It is told at once when the connection has ended.</summary>
    public void Attach(ulong consumer, IConsumerSink sink)
    {
        _sinks[consumer] = sink;
        if (_why is { } why && _sinks.TryRemove(KeyValuePair.Create(consumer, sink)))
        {
            sink.OnEnd(why);
        }
    }

    /// <summary>A consumer's entries are no longer wanted.</summary>
    public void Detach(ulong consumer, IConsumerSink sink) => _sinks.TryRemove(KeyValuePair.Create(consumer, sink));

    /// <summary>Cuts the connection; every consumer and every question is told.</summary>
    public void Abort(string why)
    {
        if (Interlocked.CompareExchange(ref _why, why, null) is not null)
        {
            return;
        }

        _outgoing.Writer.TryComplete();
        _closing.Cancel();
        _stream.Dispose();
        foreach (TaskCompletionSource<BaseCommand> question in _questions.Values)
        {
            question.TrySetException(Lost(why));
        }

        foreach ((ulong consumer, IConsumerSink sink) in _sinks)
        {
            if (_sinks.TryRemove(KeyValuePair.Create(consumer, sink)))
            {
                sink.OnEnd(why);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Abort("the log is closed");
        await _running;
        _closing.Dispose();
    }

    private static async Task<Stream> ConnectAsync(ServiceAddress address, PulsarSourceLogOptions options, CancellationToken cancellation)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellation);
            NetworkStream stream = new(socket, ownsSocket: true);
            if (!address.Tls)
            {
                return stream;
            }

            SslStream secure = new(stream);
            await secure.AuthenticateAsClientAsync(new PulsarAuthentication(options).Tls(address.Host), cancellation);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ShakeHandsAsync(ServiceAddress? behindProxy, CancellationToken cancellation)
    {
        CommandConnect connect = new()
        {
            ClientVersion = ClientVersion,
            ProtocolVersion = ProtocolVersion,
            AuthMethodName = _authentication.Method,
            FeatureFlags = new FeatureFlags { SupportsAuthRefresh = true, SupportsBrokerEntryMetadata = true },
        };
        if (_authentication.Data() is { } data)
        {
            connect.AuthData = data;
        }

        if (behindProxy is not null)
        {
            connect.ProxyToBrokerUrl = behindProxy.HostAndPort;
        }

        await _stream.WriteAsync(Frames.Write(new BaseCommand { Type = BaseCommand.Types.Type.Connect, Connect = connect }), cancellation);
        Frame answer = await _frames.ReadAsync(cancellation) ?? throw new IOException("it closed the connection at once");
        if (answer.Command.Type == BaseCommand.Types.Type.Error)
        {
            throw new PulsarRefusedException(answer.Command.Error.Error, _options.WithoutSecrets(answer.Command.Error.Message), $"Pulsar at {Address} refuses the connection");
        }

        if (answer.Command.Connected is not { } connected)
        {
            throw new IOException($"it answered {answer.Command.Type} instead of CONNECTED");
        }

        _frames.Limit = (connected.HasMaxMessageSize ? connected.MaxMessageSize : Frames.DefaultMaxMessage) + Frames.Overhead;
        LogConnected(_log, Address, connected.ServerVersion);
    }

    private void Run()
    {
        Interlocked.Exchange(ref _heard, _time.GetTimestamp());
        _running = Task.WhenAll(Task.Run(ReadAsync), Task.Run(WriteAsync), Task.Run(KeepAliveAsync));
    }

    private SourceLogException Lost(string why) => new($"the connection to Pulsar at {Address} is lost: {why}");

    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "Connected to Pulsar at {Address}, {Version}.")]
    private static partial void LogConnected(ILogger log, ServiceAddress address, string version);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Debug, Message = "The connection to Pulsar at {Address} has ended: {Why}.")]
    private static partial void LogEnded(ILogger log, ServiceAddress address, string why);
}
