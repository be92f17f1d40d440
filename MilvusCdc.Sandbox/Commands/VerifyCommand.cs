using System.CommandLine;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Replay;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create(IAnsiConsole console)
    {
        Option<string?> file = UpOptionsOf.File();
        Option<int> timeout = new("--timeout") { Description = "Seconds within which the target must have got to the source's last change.", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        Command command = new("verify", "Compares both sides of a running sandbox row by row, as of one moment, also while they are written to. The exit code is 0 only when they are equal.") { file, timeout };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            using Verifier verifier = new(UpOptionsOf.Read(parsed, file));
            (ulong at, ComparisonReport report) = await verifier.CompareAsync(TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellation);
            ComparisonTable.Print(console, report);
            console.MarkupLineInterpolated($"As of {HybridTime.Moment(at):yyyy-MM-dd HH:mm:ss.fff}:");
            console.MarkupLine(report.AllEqual ? "[green]Source and target are equal.[/]" : "[red]Source and target are not equal.[/]");
            return report.AllEqual ? 0 : 1;
        }));
        return command;
    }
}
