using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Source;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults of a source.</summary>
internal sealed class SourceFaultSwitches(SourceMilvus source) : IFaultDoor
{
    private const string Words = "silence CHANNEL on|off, duplicate MESSAGES";
    private const int MaxMessages = 60_000;

    public string Switch(IReadOnlyList<string> words) => words switch
    {
        ["silence", var channel, var way] => Silence(channel, CallFaultSwitches.On(way)),
        ["duplicate", var messages] => Duplicate(SandboxDoor.Whole(messages, "number of messages", 1, MaxMessages)),
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

    private string Heal()
    {
        source.CallFaults.Heal();
        source.Faults.Heal();
        return "no fault is on";
    }
}
