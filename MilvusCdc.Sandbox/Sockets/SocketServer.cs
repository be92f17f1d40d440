using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Sandbox.Sockets;

/// <summary>One connection that a <see cref="SocketServer{TConnection}"/> serves.</summary>
internal interface IServedConnection
{
    /// <summary>Serves it until it ends. Never throws.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Cuts it.</summary>
    void Close();
}

/// <summary>Listens, and serves every connection that comes, each on its own.</summary>
internal sealed class SocketServer<TConnection> : IAsyncDisposable
    where TConnection : class, IServedConnection
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly Func<Socket, TConnection?> _open;
    private readonly Action<string> _failed;
    private readonly ConcurrentDictionary<TConnection, Task> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;
    private int _stopped;

    private SocketServer(Socket listener, Func<Socket, TConnection?> open, Action<string> failed)
    {
        _listener = listener;
        _open = open;
        _failed = failed;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>Takes the port; connections wait until <see cref="Start"/>. Throws <see cref="SocketException"/> when the port is taken.</summary>
    /// <param name="address">Where; port 0 takes a free one.</param>
    /// <param name="open">Makes a connection of a socket; null: it is refused.</param>
    /// <param name="failed">Hears why a connection could not be accepted.</param>
    public static SocketServer<TConnection> Listen(IPEndPoint address, Func<Socket, TConnection?> open, Action<string> failed)
    {
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(address);
            listener.Listen(128);
            return new SocketServer<TConnection>(listener, open, failed);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Begins to serve.</summary>
    public void Start() => _accepting = AcceptAsync();

    /// <summary>Cuts all connections; new ones are taken.</summary>
    public void DropConnections()
    {
        foreach (TConnection connection in _connections.Keys)
        {
            connection.Close();
        }
    }

    /// <summary>Stops to listen, cuts all connections, and waits until none is served.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        DropConnections();
        await Task.WhenAll(_connections.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failed)
            {
                // Out of file handles, say: not worth a spinning loop.
                _failed(failed.Message);
                await Task.Delay(AfterFailure, CancellationToken.None);
                continue;
            }

            client.NoDelay = true;
            if (_open(client) is not { } connection)
            {
                client.Dispose();
                continue;
            }

            Task running = Task.Run(() => connection.RunAsync(_stopping.Token));
            _connections[connection] = running;
            _ = running.ContinueWith(_ => _connections.TryRemove(connection, out Task? _), TaskScheduler.Default);
        }
    }
}
