using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Doors;

/// <summary>Faults of a stand-in's calls, the same on both sides.</summary>
internal static class CallFaultSwitches
{
    public const string Words = "down on|off, lose-answers on|off, slow METHOD MILLISECONDS, error METHOD CODE [TIMES], heal (METHOD such as Insert or ReplicateMessage; * is every one)";

    private const int Minute = 60_000;
    private const int MaxCode = 65_535;
    private const int MaxTimes = 1_000_000;

    /// <summary>Null when the words are none of these.</summary>
    public static string? TrySwitch(FaultSwitches faults, IReadOnlyList<string> words) => words switch
    {
        ["down", var way] => Down(faults, On(way)),
        ["lose-answers", var way] => LoseAnswers(faults, On(way)),
        ["slow", var method, var delay] => Slow(faults, method, SandboxDoor.Whole(delay, "number of milliseconds", 0, Minute)),
        ["error", var method, var code] => Error(faults, method, SandboxDoor.Whole(code, "Milvus code", 1, MaxCode), 1),
        ["error", var method, var code, var times] => Error(faults, method, SandboxDoor.Whole(code, "Milvus code", 1, MaxCode), SandboxDoor.Whole(times, "number of times", 1, MaxTimes)),
        ["heal"] => Heal(faults),
        _ => null,
    };

    public static bool On(string way) => way switch
    {
        "on" => true,
        "off" => false,
        _ => throw new SandboxException($"'{way}' is neither on nor off."),
    };

    private static string Down(FaultSwitches faults, bool on)
    {
        faults.DropConnections = on;
        return on ? "every call ends with UNAVAILABLE" : "calls are answered again";
    }

    private static string LoseAnswers(FaultSwitches faults, bool on)
    {
        faults.LoseAnswers = on;
        return on ? "every call is done, and its answer lost" : "answers arrive again";
    }

    private static string Slow(FaultSwitches faults, string method, int milliseconds)
    {
        faults.Delays[method] = TimeSpan.FromMilliseconds(milliseconds);
        return milliseconds == 0 ? $"{method} is as fast as ever" : $"{method} takes {milliseconds} ms longer";
    }

    private static string Error(FaultSwitches faults, string method, int code, int times)
    {
        faults.Fail(method, new RefusalException(code, ErrorCode.UnexpectedError, $"the sandbox was told to refuse {method} with {code}"), times);
        return $"the next {times} {method} are refused with {code}";
    }

    private static string Heal(FaultSwitches faults)
    {
        faults.Heal();
        return "no fault is on";
    }
}
