using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults of a target.</summary>
internal sealed class TargetFaultSwitches(StandInMilvus target) : IFaultDoor
{
    public string Switch(IReadOnlyList<string> words) => CallFaultSwitches.TrySwitch(target.Faults, words)
        ?? throw new SandboxException($"A target has no fault '{string.Join(' ', words)}'; it has: {CallFaultSwitches.Words}.");
}
