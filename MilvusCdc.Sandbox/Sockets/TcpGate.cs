using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Sockets;

/// <summary>What a <see cref="TcpGate"/> does with connections.</summary>
internal enum GateMode
{
    /// <summary>Passes everything on.</summary>
    Open,

    /// <summary>Nobody listens: connections are refused, those that were open are cut.</summary>
    Closed,

    /// <summary>Connections are taken and reset at once, those that were open too.</summary>
    Resetting,

    /// <summary>Everything stays open and nothing moves, as with a pulled cable.</summary>
    Silent,
}

/// <summary>Passes TCP on to a server, and can fail in the ways in which networks and processes fail. It keeps its port.</summary>
internal sealed class TcpGate : IAsyncDisposable
{
    private readonly IPEndPoint _server;
    private readonly ConcurrentDictionary<Socket, bool> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly KeptPort _port = KeptPort.Take();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile TaskCompletionSource _moving = Done();
    private volatile GateMode _mode = GateMode.Open;

    /// <summary>Opens it on a free port of 127.0.0.1.</summary>
    public TcpGate(Uri server)
    {
        _server = new IPEndPoint(IPAddress.Parse(server.Host), server.Port);
        Listen();
    }

    /// <summary>Where clients reach the server through it.</summary>
    public Uri Endpoint => _port.Address;

    /// <summary><c>127.0.0.1:port</c> of it.</summary>
    public string Authority => Endpoint.Authority;

    /// <summary>Changes what it does.</summary>
    public async Task SetAsync(GateMode mode)
    {
        GateMode before = _mode;
        _mode = mode;
        if (mode == GateMode.Silent)
        {
            _moving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return;
        }

        _moving.TrySetResult();
        if (mode == GateMode.Closed)
        {
            _listener?.Dispose();
            await _accepting;
        }
        else if (before == GateMode.Closed)
        {
            Listen();
        }

        if (mode != GateMode.Open)
        {
            CutAll();
        }
    }

    /// <summary>Cuts every connection that is open now.</summary>
    public void CutAll()
    {
        foreach (Socket socket in _open.Keys)
        {
            Reset(socket);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _moving.TrySetResult();
        _listener?.Dispose();
        await _accepting;
        CutAll();
        _stop.Dispose();
        _port.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        TaskCompletionSource done = new();
        done.SetResult();
        return done;
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }

    private void Listen()
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, _port.Number));
        _listener.Listen(64);
        _accepting = AcceptAsync(_listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }

            if (_mode == GateMode.Resetting)
            {
                Reset(client);
                continue;
            }

            _ = PassAsync(client);
        }
    }

    private async Task PassAsync(Socket client)
    {
        using Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.NoDelay = server.NoDelay = true;
        _open[client] = _open[server] = true;
        if (_mode is GateMode.Closed or GateMode.Resetting)
        {
            // It was changed after this one had come, and may have cut all others already.
            CutAll();
        }

        try
        {
            await server.ConnectAsync(_server, _stop.Token);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client sees its connection end.
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 << 10];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await _moving.Task;
                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other direction ends with this one.
        }
    }
}
