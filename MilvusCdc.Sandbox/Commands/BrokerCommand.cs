using System.CommandLine;
using MilvusCdc.Sandbox.Doors;
using MilvusCdc.Sandbox.Kafka;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox broker</c>.</summary>
internal static class BrokerCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Option<string?> data = new("--data") { Description = "The folder that keeps its log over a restart. Default: none.", HelpName = "FOLDER" };
        Option<int> port = StandInOptionsOf.Port("--port", "Kafka's protocol; 0 takes a free one.");
        Option<int> doorPort = StandInOptionsOf.Port("--door-port", "faults by plain HTTP; 0 takes a free one.");
        Command command = new("broker", "A broker that speaks enough of Kafka's protocol for a source to write its log and for MilvusCdc to read it. Goes on until Ctrl-C.") { data, port, doorPort };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            KafkaBrokerOptions options = new() { Port = parsed.GetValue(port), DataDirectory = parsed.GetValue(data) };
            await using KafkaBroker broker = await KafkaBroker.StartAsync(options, cancellation);
            await using DoorServer door = await DoorServer.StartAsync(SandboxDoor.Of(broker, parsed.GetValue(doorPort)), cancellation);
            console.WriteLine($"broker {broker.BootstrapServers}, door {door.Address}");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }));
        return command;
    }
}
