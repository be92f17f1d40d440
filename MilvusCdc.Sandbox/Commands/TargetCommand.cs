using System.CommandLine;
using MilvusCdc.Sandbox.Target;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox target</c>.</summary>
internal static class TargetCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Option<string?> data = new("--data") { Description = "The file that keeps what it holds over a restart. Default: none.", HelpName = "FILE" };
        Option<int> channels = StandInOptionsOf.Channels();
        Option<int> port = StandInOptionsOf.Port("--port", "gRPC; 0 takes a free one.");
        Option<int> doorPort = StandInOptionsOf.Port("--door-port", "faults and rows by plain HTTP; 0 takes a free one.");
        Command command = new("target", "A Milvus in memory that takes replicated data, as one with common.ttMsgEnabled: false does; real SDKs can read it. Goes on until Ctrl-C.")
        { data, channels, port, doorPort };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            // A person reads it with an SDK now, so "now" is the clock's: a strong read waits for the next tick, and one without ticks hangs.
            StandInOptions options = new() { ChannelCount = parsed.GetValue(channels), TsoFollowsTicks = false };
            await using TargetServer server = await TargetServer.StartAsync(
                port: parsed.GetValue(port), options: options, dataFile: parsed.GetValue(data), doorPort: parsed.GetValue(doorPort), cancellation: cancellation);
            server.Milvus.Poisoned += (_, poison) => console.MarkupLineInterpolated($"[red]A real target would have been harmed:[/] {poison}");
            console.WriteLine($"target {options.Version} on {server.Address}, door {server.Door}");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }));
        return command;
    }
}
