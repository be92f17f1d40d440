using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults that can be switched while a stand-in runs.</summary>
internal interface IFaultDoor
{
    /// <summary>Does what the words say, and says what it did.</summary>
    /// <exception cref="SandboxException">They say nothing that it can do; the message names what it can.</exception>
    string Switch(IReadOnlyList<string> words);
}
