using System.CommandLine;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Processes;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox fault SIDE WORDS</c>.</summary>
internal static class FaultCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Argument<string> side = new("SIDE") { Description = "source, target, broker or etcd." };
        side.AcceptOnlyFromAmong("source", "target", "broker", "etcd");
        Argument<string[]> words = new("FAULT")
        {
            Description = "down on|off, lose-answers on|off, slow METHOD MILLISECONDS, error METHOD CODE [TIMES]; of the source also silence CHANNEL on|off, duplicate MESSAGES; "
                + "of the broker cut, refuse on|off, slow MILLISECONDS; of etcd compact; heal switches all of a side off.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> file = UpOptionsOf.File();
        Command command = new("fault", "Switches a fault in a running sandbox, for example: sandbox fault target error ReplicateMessage 1 20") { side, words, file };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            UpAddresses addresses = UpOptionsOf.Read(parsed, file);
            string[] fault = parsed.GetValue(words)!;
            string said;
            if (DoorOf(parsed.GetValue(side)!, addresses) is { } address)
            {
                using DoorClient door = new(address);
                said = await door.FaultAsync(fault, cancellation);
            }
            else
            {
                said = fault is ["compact"]
                    ? await EtcdCompaction.RunAsync(addresses.Etcd, cancellation)
                    : throw new SandboxException($"etcd has no fault '{string.Join(' ', fault)}'; it has: compact.");
            }

            console.MarkupLineInterpolated($"[yellow]{parsed.GetValue(side)}[/]: {said}");
            return 0;
        }));
        return command;
    }

    /// <summary>Null: etcd, which is a real one and has no door.</summary>
    private static Uri? DoorOf(string side, UpAddresses addresses) => side switch
    {
        "source" => addresses.SourceDoor,
        "target" => addresses.TargetDoor,
        "broker" => addresses.BrokerDoor,
        _ => null,
    };
}
