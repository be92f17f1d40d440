using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>
/// A TCP port of 127.0.0.1 that belongs to its holder until it is disposed, whether somebody listens on it or not: a server that is killed finds its port free when it is started again, and a
/// port on which nobody shall listen stays so.
/// </summary>
/// <remarks>
/// The kernel gives the ports of its own range to outgoing connections, and to listeners that ask for any; a client that tries again and again to reach one of those may even be connected to
/// itself. Kept ports lie below that range. Other holders on this machine are kept away by a UDP socket with the same number, which goes with the process.
/// </remarks>
public sealed class KeptPort : IDisposable
{
    private const string KernelRange = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int Lowest = 10_240;
    private const int Width = 12_000;

    private static readonly int End = FirstOfKernel();

    private readonly Socket _claim;

    private KeptPort(Socket claim, int number)
    {
        _claim = claim;
        Number = number;
    }

    /// <summary>The port's number.</summary>
    public int Number { get; }

    /// <summary><c>http://127.0.0.1:port</c>.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Number}"));

    /// <summary>Takes one that nobody holds and on which nobody listens. Throws <see cref="SandboxException"/> when there is none.</summary>
    public static KeptPort Take()
    {
        int first = Math.Max(Lowest, End - Width), count = End - first, start = Random.Shared.Next(count);
        for (int step = 0; step < count; step++)
        {
            int number = first + ((start + step) % count);
            if (Bind(number, SocketType.Dgram, ProtocolType.Udp) is { } claim)
            {
                if (Bind(number, SocketType.Stream, ProtocolType.Tcp) is { } trial)
                {
                    trial.Dispose();
                    return new KeptPort(claim, number);
                }

                claim.Dispose();
            }
        }

        throw new SandboxException(string.Create(CultureInfo.InvariantCulture, $"No port of 127.0.0.1 from {first} to {End - 1} is free."));
    }

    /// <inheritdoc/>
    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gives it back.</summary>
    public void Dispose() => _claim.Dispose();

    private static Socket? Bind(int number, SocketType type, ProtocolType protocol)
    {
        Socket socket = new(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, number));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static int FirstOfKernel()
    {
        const int Usual = 32_768;
        int first = File.Exists(KernelRange) && int.TryParse(File.ReadAllText(KernelRange).Split('\t', ' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int said) ? said : Usual;

        // A machine whose kernel takes nearly everything leaves no room below.
        return first > Lowest + 1000 ? first : Usual;
    }
}
