using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>Finds ports on 127.0.0.1 that nobody listens on. Another process may take one before it is used: whoever uses it must be ready to try another.</summary>
public static class FreePort
{
    /// <summary>So many different ports.</summary>
    public static int[] Find(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            foreach (TcpListener listener in listeners)
            {
                listener.Start();
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (TcpListener listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
