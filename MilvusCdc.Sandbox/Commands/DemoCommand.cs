using System.CommandLine;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox demo</c>.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromMinutes(5);

    public static Command Create(IAnsiConsole console)
    {
        Option<bool> once = new("--once") { Description = "Stop after the recording; the exit code is 0 only when both sides are equal." };
        Option<string?> recording = new("--recording") { Description = "Folder of the recording. Default: recordings/kafka-2.3.5.", HelpName = "DIR" };
        Option<bool> verbose = new("--verbose") { Description = "Show the log lines of etcd and of the server." };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };
        Command command = new("demo", "Shows MilvusCdc at work: replays a recorded session, compares both sides, and then starts a live source that is written to until Ctrl-C.") { once, recording, verbose, server };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            ReplayOptions options = new()
            {
                Recording = Recording.Open(parsed.GetValue(recording) ?? DefaultRecording()),
                ServerPath = parsed.GetValue(server),
                Log = parsed.GetValue(verbose) ? console.WriteLine : null,
            };
            bool equal = await ReplayAsync(console, options, cancellation);
            if (parsed.GetValue(once))
            {
                return equal ? 0 : 1;
            }

            console.WriteLine();
            console.MarkupLine("Now live: a source Milvus that is written to all the time.");
            UpOptions live = new() { ServerPath = options.ServerPath, Log = parsed.GetValue(verbose) ? line => PartLog.Write(console, line) : null };
            return await UpRun.RunAsync(console, live, new LoadOptions(), UpAddresses.DefaultFile, cancellation) && equal ? 0 : 1;
        }));
        return command;
    }

    private static async Task<bool> ReplayAsync(IAnsiConsole console, ReplayOptions options, CancellationToken cancellation)
    {
        await using ReplaySession session = await ReplayRun.StartAsync(console, options, cancellation);
        return await ReplayRun.RunAsync(console, session, CatchUpTimeout, null, cancellation);
    }

    private static string DefaultRecording()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !Directory.Exists(Path.Combine(root, "recordings", "kafka-2.3.5")))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? Environment.CurrentDirectory, "recordings", "kafka-2.3.5");
    }
}
