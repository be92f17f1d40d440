using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MilvusCdc.Sandbox.Matrix.Faults;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox fault-matrix</c>.</summary>
internal static class FaultMatrixCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create(IAnsiConsole console)
    {
        Option<int[]> rows = new("--row") { Description = "Only these rows.", HelpName = "N", AllowMultipleArgumentsPerToken = true };
        Option<int> parallel = new("--parallel") { Description = "Scenes at a time.", HelpName = "N", DefaultValueFactory = _ => 2 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 1 and <= 20))
            {
                result.AddError("--parallel must be 1 to 20.");
            }
        });
        Option<string?> json = new("--json") { Description = "Also write the table to this file, as JSON.", HelpName = "FILE" };
        Option<bool> verbose = new("--verbose") { Description = "Show the log lines of etcd and of the servers." };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };
        Command command = new("fault-matrix", "Lets target, broker, etcd and clock fail in many ways while a source is in use, looks at what the task says, and compares source and target after each. "
            + "The exit code is 0 only when everything was as expected.")
        { rows, parallel, json, verbose, server };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            int[] wanted = parsed.GetValue(rows) ?? [];
            FaultRow[] chosen = [.. FaultRows.All.Where((_, index) => wanted.Length == 0 || wanted.Contains(index + 1))];
            FaultMatrix matrix = new(chosen, parsed.GetValue(parallel), parsed.GetValue(server))
            {
                Progress = line => console.WriteLine(line),
                Log = parsed.GetValue(verbose) ? console.WriteLine : null,
            };
            IReadOnlyList<FaultOutcome> outcomes = await matrix.RunAsync(cancellation);
            Print(console, outcomes);
            if (parsed.GetValue(json) is { } path)
            {
                await File.WriteAllTextAsync(path, JsonSerializer.Serialize(outcomes, Json), cancellation);
            }

            return outcomes.All(outcome => outcome.Problem is null) ? 0 : 1;
        }));
        return command;
    }

    private static void Print(IAnsiConsole console, IReadOnlyList<FaultOutcome> outcomes)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("#", "fault", "phase", "reason", "goes on", "streaming again", "equal");
        table.Columns[0].Alignment = table.Columns[5].Alignment = Justify.Right;
        for (int index = 0; index < outcomes.Count; index++)
        {
            FaultOutcome outcome = outcomes[index];
            table.AddRow(
                (index + 1).ToString(CultureInfo.InvariantCulture), Markup.Escape(outcome.Name), Markup.Escape(outcome.Phase), Markup.Escape(outcome.Reason ?? ""),
                outcome.ByItself ? "by itself" : outcome.ToStreamingMs is null ? "not" : "when resumed",
                outcome.ToStreamingMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.0} s") : "-",
                outcome.Equal ? "yes" : "NO");
        }

        console.Write(table);
        int fine = outcomes.Count(outcome => outcome.Problem is null);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{fine} of {outcomes.Count} as expected; streaming again after at most {outcomes.Max(outcome => outcome.ToStreamingMs) / 1000:0.0} s"));
        foreach (FaultOutcome outcome in outcomes.Where(outcome => outcome.Problem is not null))
        {
            console.MarkupLineInterpolated($"[red]{outcome.Name}: {outcome.Problem}[/]");
        }
    }
}
