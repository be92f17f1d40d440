using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Protocol.Tests.Etcd;

/// <summary>Passes TCP on to another endpoint until it is frozen: then nothing moves any more, while every connection stays open, as with a pulled cable.</summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> tasks = [];
    private readonly IPEndPoint target;
    private volatile bool frozen;

    public TcpForwarder(string endpoint)
    {
        target = IPEndPoint.Parse(endpoint);
        listener.Start();
        tasks.Add(AcceptAsync());
    }

    public string Endpoint => $"{listener.LocalEndpoint}";

    public void Freeze() => frozen = true;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        Task[] running;
        lock (tasks)
        {
            running = [.. tasks];
        }

        await Task.WhenAll(running);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                lock (tasks)
                {
                    tasks.Add(ForwardAsync(client));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        {
            using TcpClient server = new();
            try
            {
                await server.ConnectAsync(target, stop.Token);
                await Task.WhenAny(PumpAsync(client.GetStream(), server.GetStream()), PumpAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Stopped, or the target has gone.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        byte[] buffer = new byte[16 << 10];
        try
        {
            while (true)
            {
                int read = await from.ReadAsync(buffer, stop.Token);
                if (frozen)
                {
                    await Task.Delay(Timeout.Infinite, stop.Token);
                }

                if (read == 0)
                {
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }
}
