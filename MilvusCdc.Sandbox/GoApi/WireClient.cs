using System.Net.Sockets;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>Sends bytes as they are and reads one answer; a connection for each request.</summary>
internal static class WireClient
{
    /// <summary>The answer; null: the server closed the connection, or did not answer in time.</summary>
    public static async Task<HttpAnswer?> SendAsync(Uri server, RecordedCase recorded, IReadOnlyDictionary<string, string> captured, TimeSpan patience, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, limit.Token);
        using MemoryStream came = new();
        try
        {
            // A server that refuses early answers before it has been sent everything.
            Task sending = SendAsync(socket, recorded.ToWire(captured), recorded.HalfCloses, limit.Token);
            byte[] part = new byte[65_536];
            while (true)
            {
                int count = await socket.ReceiveAsync(part, limit.Token);
                came.Write(part, 0, count);
                if (HttpAnswer.Parse(came.GetBuffer().AsSpan(0, (int)came.Length), recorded.Method, ended: count == 0) is { } answer)
                {
                    socket.Close();
                    await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return answer;
                }

                if (count == 0)
                {
                    await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return null;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (SocketException)
        {
            // Closed the hard way; what came before counts.
            return HttpAnswer.Parse(came.GetBuffer().AsSpan(0, (int)came.Length), recorded.Method);
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> request, bool halfClose, CancellationToken cancellation)
    {
        while (!request.IsEmpty)
        {
            request = request[await socket.SendAsync(request, cancellation)..];
        }

        if (halfClose)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }
}
