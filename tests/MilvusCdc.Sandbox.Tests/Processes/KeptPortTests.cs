using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Tests.Processes;

public sealed class KeptPortTests
{
    [Fact]
    public void Ports_that_are_held_at_the_same_time_are_different_and_below_the_kernels()
    {
        KeptPort[] held = [.. Enumerable.Range(0, 200).Select(_ => KeptPort.Take())];

        Assert.Equal(held.Length, held.Select(port => port.Number).Distinct().Count());
        int kernels = int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t')[0], CultureInfo.InvariantCulture);
        Assert.All(held, port => Assert.InRange(port.Number, 1024, kernels - 1));
        Array.ForEach(held, port => port.Dispose());
    }

    [Fact]
    public void Port_can_be_listened_on_again_and_again_and_refuses_in_between()
    {
        using KeptPort port = KeptPort.Take();
        for (int round = 0; round < 3; round++)
        {
            using (TcpListener listener = new(IPAddress.Loopback, port.Number))
            {
                listener.Start();
                using TcpClient client = new();
                client.Connect(IPAddress.Loopback, port.Number);
                using Socket served = listener.AcceptSocket();
            }

            using TcpClient nobody = new();
            Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => nobody.Connect(IPAddress.Loopback, port.Number)).SocketErrorCode);
        }
    }

    [Fact]
    public void Port_on_which_somebody_listens_is_not_given_out()
    {
        KeptPort held = KeptPort.Take();
        using TcpListener listener = new(IPAddress.Loopback, held.Number);
        listener.Start();
        held.Dispose();

        KeptPort[] others = [.. Enumerable.Range(0, 2000).Select(_ => KeptPort.Take())];

        Assert.DoesNotContain(others, other => other.Number == held.Number);
        Array.ForEach(others, port => port.Dispose());
    }
}
