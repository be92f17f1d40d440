using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Core.Tests.Source;

/// <summary>A TCP relay on a free port of 127.0.0.1 that a test can cut and mend.</summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _open = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private bool _cut;

    internal CuttableProxy(string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal void Cut()
    {
        lock (_open)
        {
            _cut = true;
            _open.ForEach(socket => socket.Dispose());
            _open.Clear();
        }
    }

    internal void Mend()
    {
        lock (_open)
        {
            _cut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> relays = [];
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                lock (_open)
                {
                    if (_cut)
                    {
                        return;
                    }

                    _open.AddRange([client, server]);
                }

                await server.ConnectAsync(_target);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Cut, or the other side is gone: both sockets close.
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The relay ends as a closed connection does.
        }
    }
}
