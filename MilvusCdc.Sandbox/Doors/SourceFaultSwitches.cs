using MilvusCdc.Sandbox.Kafka;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults of a source and its broker.</summary>
internal sealed class SourceFaultSwitches(SourceMilvus source, KafkaBroker? broker) : IFaultDoor
{
    private const string Words = "silence CHANNEL on|off, duplicate MESSAGES, broker cut, broker refuse on|off, broker slow MILLISECONDS";
    private const int Minute = 60_000;

    public string Switch(IReadOnlyList<string> words) => words switch
    {
        ["silence", var channel, var way] => Silence(channel, CallFaultSwitches.On(way)),
        ["duplicate", var messages] => Duplicate(SandboxDoor.Whole(messages, "number of messages", 1, Minute)),
        ["broker", "cut"] when broker is not null => Cut(broker),
        ["broker", "refuse", var way] when broker is not null => Refuse(broker, CallFaultSwitches.On(way)),
        ["broker", "slow", var delay] when broker is not null => Slow(broker, SandboxDoor.Whole(delay, "number of milliseconds", 0, Minute)),
        ["heal"] => Heal(),
        _ => CallFaultSwitches.TrySwitch(source.CallFaults, words)
            ?? throw new SandboxException($"A source has no fault '{string.Join(' ', words)}'; it has: {Words}, {CallFaultSwitches.Words}."),
    };

    private string Silence(string channel, bool on)
    {
        if (on && !source.ChannelsInUse.Contains(channel))
        {
            throw new SandboxException($"The source does not use the channel '{channel}'; it uses: {string.Join(", ", source.ChannelsInUse)}.");
        }

        source.Faults.Silence(channel, on);
        return on ? $"{channel} gets no ticks" : $"{channel} gets ticks again";
    }

    private string Duplicate(int messages)
    {
        source.Faults.DuplicateNext(messages);
        return $"the next {messages} messages are written twice";
    }

    private static string Cut(KafkaBroker broker)
    {
        broker.Faults.DropConnections();
        return "every connection to the broker was cut";
    }

    private static string Refuse(KafkaBroker broker, bool on)
    {
        broker.Faults.RefuseConnections = on;
        broker.Faults.DropConnections();
        return on ? "the broker takes no connections" : "the broker takes connections again";
    }

    private static string Slow(KafkaBroker broker, int milliseconds)
    {
        broker.Faults.FetchDelay = TimeSpan.FromMilliseconds(milliseconds);
        return milliseconds == 0 ? "the broker is as fast as ever" : $"the broker answers reads {milliseconds} ms later";
    }

    private string Heal()
    {
        source.CallFaults.Heal();
        source.Faults.Heal();
        if (broker is not null)
        {
            broker.Faults.RefuseConnections = false;
            broker.Faults.FetchDelay = TimeSpan.Zero;
        }

        return "no fault is on";
    }
}
