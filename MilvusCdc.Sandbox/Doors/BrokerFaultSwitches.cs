using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults of a broker.</summary>
internal sealed class BrokerFaultSwitches(KafkaBrokerFaults faults) : IFaultDoor
{
    private const string Words = "cut, refuse on|off, slow MILLISECONDS, heal";
    private const int Minute = 60_000;

    public string Switch(IReadOnlyList<string> words) => words switch
    {
        ["cut"] => Cut(),
        ["refuse", var way] => Refuse(CallFaultSwitches.On(way)),
        ["slow", var delay] => Slow(SandboxDoor.Whole(delay, "number of milliseconds", 0, Minute)),
        ["heal"] => Heal(),
        _ => throw new SandboxException($"A broker has no fault '{string.Join(' ', words)}'; it has: {Words}."),
    };

    private string Cut()
    {
        faults.DropConnections();
        return "every connection was cut";
    }

    private string Refuse(bool on)
    {
        faults.RefuseConnections = on;
        faults.DropConnections();
        return on ? "no connection is taken" : "connections are taken again";
    }

    private string Slow(int milliseconds)
    {
        faults.FetchDelay = TimeSpan.FromMilliseconds(milliseconds);
        return milliseconds == 0 ? "reads are as fast as ever" : $"reads are answered {milliseconds} ms later";
    }

    private string Heal()
    {
        faults.RefuseConnections = false;
        faults.FetchDelay = TimeSpan.Zero;
        return "no fault is on";
    }
}
