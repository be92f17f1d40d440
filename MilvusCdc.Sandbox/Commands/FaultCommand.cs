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
        Argument<string> side = new("SIDE") { Description = "source, target or etcd." };
        side.AcceptOnlyFromAmong("source", "target", "etcd");
        Argument<string[]> words = new("FAULT")
        {
            Description = "down on|off, lose-answers on|off, slow METHOD MILLISECONDS, error METHOD CODE [TIMES]; of the source also silence CHANNEL on|off, duplicate MESSAGES, broker cut, "
                + "broker refuse on|off, broker slow MILLISECONDS; of etcd compact; heal switches all of a side off.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> file = UpOptionsOf.File();
        Command command = new("fault", "Switches a fault in a running sandbox, for example: sandbox fault target error ReplicateMessage 1 20") { side, words, file };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            UpAddresses addresses = UpOptionsOf.Read(parsed, file);
            string[] fault = parsed.GetValue(words)!;
            string said;
            if (parsed.GetValue(side) == "etcd")
            {
                said = fault is ["compact"]
                    ? await EtcdCompaction.RunAsync(addresses.Etcd, cancellation)
                    : throw new SandboxException($"etcd has no fault '{string.Join(' ', fault)}'; it has: compact.");
            }
            else
            {
                using DoorClient door = new(parsed.GetValue(side) == "source" ? addresses.SourceDoor : addresses.TargetDoor);
                said = await door.FaultAsync(fault, cancellation);
            }

            console.MarkupLineInterpolated($"[yellow]{parsed.GetValue(side)}[/]: {said}");
            return 0;
        }));
        return command;
    }
}
