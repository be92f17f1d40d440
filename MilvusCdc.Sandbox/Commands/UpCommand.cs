using System.CommandLine;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Source;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox up</c>.</summary>
internal static class UpCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Option<string> version = new("--version") { Description = "Which Milvus the source is: 2.3.2 to 2.5.x.", HelpName = "X.Y.Z", DefaultValueFactory = _ => SourceVersion.Recorded.ToString() };
        Option<int> channels = StandInOptionsOf.Channels();
        Option<bool> load = new("--load") { Description = "Write to the source all the time, 100 rows a second." };
        Option<bool> verbose = new("--verbose") { Description = "Show the log lines of all parts." };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };
        Option<string?> file = UpOptionsOf.File();
        Command command = new("up", "Starts two Milvus-like servers and MilvusCdc between them, each part a process of its own, until Ctrl-C.") { version, channels, load, verbose, server, file };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            UpOptions options = new()
            {
                Version = SourceCommand.VersionOf(parsed.GetValue(version)!),
                Channels = parsed.GetValue(channels),
                ServerPath = parsed.GetValue(server),
                Log = parsed.GetValue(verbose) ? line => PartLog.Write(console, line) : null,
            };
            return await UpRun.RunAsync(console, options, parsed.GetValue(load) ? new LoadOptions() : null, parsed.GetValue(file) ?? UpAddresses.DefaultFile, cancellation) ? 0 : 1;
        }));
        return command;
    }
}
