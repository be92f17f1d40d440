using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;
using MilvusCdc.Sandbox.Sockets;
using CommandType = MilvusCdc.Protocol.Pulsar.Wire.BaseCommand.Types.Type;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>What all connections of a broker share.</summary>
internal sealed record PulsarBrokerServices(
    PulsarBrokerOptions Options, PulsarTopicStore Store, PulsarBrokerFaults Faults, ConcurrentQueue<BaseCommand> Commands, string ServiceUrl, ILogger Log);

/// <summary>One client's connection: one task reads commands, one writes answers and messages, one keeps the time.</summary>
internal sealed partial class PulsarServerConnection(Socket socket, PulsarBrokerServices services) : IServedConnection
{
    private const int WriteBytes = 512 << 10;
    private static long _connections;

    private readonly Lock _gate = new();
    private readonly long _number = Interlocked.Increment(ref _connections);
    private readonly Queue<byte[]> _answers = new();
    private readonly Dictionary<ulong, PulsarServerConsumer> _consumers = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _ended = new();
    private long _heard = TimeProvider.System.GetTimestamp();

    public async Task RunAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
        try
        {
            await using Stream stream = await OpenAsync(both.Token);
            Task[] loops = [ReadAsync(stream, both.Token), WriteAsync(stream, both.Token), KeepAliveAsync(both.Token)];
            await Task.WhenAny(loops);
            Close();
            await Task.WhenAll(loops);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException or IOException or InvalidDataException or AuthenticationException)
        {
            LogGone(services.Log, gone.Message);
        }
        finally
        {
            Close();
            Leave();
            _ended.Dispose();
        }
    }

    public void Close()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }

        socket.Dispose();
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellation)
    {
        NetworkStream stream = new(socket, ownsSocket: true);
        if (services.Options.Certificate is not { } certificate)
        {
            return stream;
        }

        SslStream secure = new(stream);
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate,
                ClientCertificateRequired = services.Options.WantsClientCertificate,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null || !services.Options.WantsClientCertificate,
            },
            cancellation);
        return secure;
    }

    private async Task ReadAsync(Stream stream, CancellationToken cancellation)
    {
        FrameReader frames = new(stream) { Limit = services.Options.MaxMessageSize + Frames.Overhead };
        while (await frames.ReadAsync(cancellation) is { } frame)
        {
            Interlocked.Exchange(ref _heard, TimeProvider.System.GetTimestamp());
            services.Commands.Enqueue(frame.Command);
            await HandleAsync(frame.Command);
            Wake();
        }
    }

    private async Task WriteAsync(Stream stream, CancellationToken cancellation)
    {
        using MemoryStream buffer = new(WriteBytes * 2);
        HashSet<string> delivered = new(StringComparer.Ordinal);
        while (true)
        {
            bool any;
            buffer.SetLength(0);
            delivered.Clear();
            lock (_gate)
            {
                any = Collect(buffer, delivered);
            }

            if (any && !services.Faults.Silent)
            {
                await TellAsync(delivered, sent: false);
                await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellation);
                await TellAsync(delivered, sent: true);
            }
            else if (!any)
            {
                // Looked at now and then all the same: a switch may have been turned.
                await _work.WaitAsync(TimeSpan.FromMilliseconds(50), cancellation);
            }
        }
    }

    private bool Collect(MemoryStream buffer, HashSet<string> delivered)
    {
        bool any = false;
        while (_answers.TryDequeue(out byte[]? answer))
        {
            buffer.Write(answer);
            any = true;
        }

        foreach (PulsarServerConsumer consumer in _consumers.Values)
        {
            if (consumer.Deliver(buffer, WriteBytes))
            {
                any = true;
                delivered.Add(consumer.Topic.Name);
            }
        }

        return any;
    }

    private async Task KeepAliveAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(services.Options.KeepAlive, TimeProvider.System);
        long? pinged = null;
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (Interlocked.Read(ref _heard) < pinged)
            {
                return;
            }

            pinged = TimeProvider.System.GetTimestamp();
            lock (_gate)
            {
                Answer(new BaseCommand { Type = CommandType.Ping, Ping = new CommandPing() });
            }

            Wake();
        }
    }

    private void Answer(BaseCommand command) => (_held ?? _answers).Enqueue(Frames.Write(command));

    private void Wake()
    {
        if (_work.CurrentCount == 0)
        {
            _work.Release();
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            foreach (PulsarServerConsumer consumer in _consumers.Values)
            {
                Leave(consumer, keep: false);
            }

            _consumers.Clear();
        }
    }

    // After a seek the subscription stays, though its consumer is gone.
    private void Leave(PulsarServerConsumer consumer, bool keep)
    {
        consumer.Topic.Changed -= Wake;
        consumer.Subscription.Leave(this);
        if (!consumer.Subscription.IsDurable && !keep)
        {
            consumer.Topic.Unsubscribe(consumer.Subscription.Name);
        }
    }

    [LoggerMessage(EventId = 5401, Level = LogLevel.Debug, Message = "A connection has ended: {Reason}.")]
    private static partial void LogGone(ILogger log, string reason);
}
