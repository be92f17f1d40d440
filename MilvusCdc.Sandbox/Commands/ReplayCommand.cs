using System.CommandLine;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox replay DIR</c>.</summary>
internal static class ReplayCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Argument<string> folder = new("DIR") { Description = "Folder of the recording, for example recordings/kafka-2.3.5 or recordings/pulsar-2.3.5." };
        Option<string> pace = new("--pace")
        {
            Description = "catch-up: the whole recording lies there before the task starts. live: the task starts first, then everything comes in its recorded order.",
            DefaultValueFactory = _ => "catch-up",
        };
        pace.AcceptOnlyFromAmong("catch-up", "live");
        Option<double> speed = new("--speed")
        {
            Description = "With --pace live: 1 is the recorded speed, 10 ten times that, 0 as fast as possible.",
            HelpName = "X",
            DefaultValueFactory = _ => 0,
        };
        speed.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 1_000_000))
            {
                result.AddError("--speed must be 0 (as fast as possible) to 1000000.");
            }
        });
        Option<string?> json = new("--json") { Description = "Also write the verdicts to this file, as JSON.", HelpName = "FILE" };
        Option<int> timeout = new("--timeout") { Description = "Seconds within which the target must have caught up.", HelpName = "SECONDS", DefaultValueFactory = _ => 300 };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 1 and <= 86_400))
            {
                result.AddError("--timeout must be 1 to 86400 seconds.");
            }
        });
        Option<bool> keep = new("--keep") { Description = "Leave everything running after the comparison, until Ctrl-C." };
        Option<bool> verbose = new("--verbose") { Description = "Show the log lines of etcd and of the server." };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };

        Command command = new("replay", "Replays a recorded session of a real Milvus through the real server into a target stand-in, and compares the target with what the source held, row by row. "
            + "The exit code is 0 only when everything is equal.")
        { folder, pace, speed, json, timeout, keep, verbose, server };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            ReplayOptions options = new()
            {
                Recording = Recording.Open(parsed.GetValue(folder)!),
                Pace = parsed.GetValue(pace) == "live" ? ReplayPace.Live : ReplayPace.CatchUp,
                Speed = parsed.GetValue(speed),
                ServerPath = parsed.GetValue(server),
                Log = parsed.GetValue(verbose) ? console.WriteLine : null,
            };
            await using ReplaySession session = await ReplayRun.StartAsync(console, options, cancellation);
            bool equal = await ReplayRun.RunAsync(console, session, TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(json), cancellation);
            if (parsed.GetValue(keep))
            {
                ReplayRun.PrintAddresses(console, session);
                console.WriteLine("Ctrl-C stops everything.");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return equal ? 0 : 1;
        }));
        return command;
    }
}
