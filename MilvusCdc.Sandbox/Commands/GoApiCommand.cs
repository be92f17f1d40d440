using System.CommandLine;
using System.Text.Json;
using MilvusCdc.Sandbox.GoApi;
using MilvusCdc.Sandbox.Processes;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox go-api</c>.</summary>
internal static class GoApiCommand
{
    private const int LongestShown = 300;

    public static Command Create(IAnsiConsole console)
    {
        Option<string?> address = new("--address")
        {
            Description = "The server to ask, for example http://127.0.0.1:8444. ITS TASKS ARE DELETED. Default: the server of this build, started and restarted as the recording needs it.",
            HelpName = "URL",
        };
        address.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http"))
            {
                result.AddError($"--address is '{text}'; allowed is an address such as http://127.0.0.1:8444.");
            }
        });
        Option<string> cases = new("--cases") { Description = "Folder of the recording.", HelpName = "DIR", DefaultValueFactory = static _ => "recordings/go-api" };
        Option<string> deviations = new("--deviations")
        {
            Description = "The page whose tables list the deliberate differences by case number.",
            HelpName = "FILE",
            DefaultValueFactory = static _ => "docs/compatibility.md",
        };
        Option<string[]> phases = new("--phase") { Description = "Only this phase of the recording (envelope, types, validate, forms, matrix, life, …); may be repeated.", HelpName = "NAME" };
        Option<string?> answers = new("--answers") { Description = "Write every answer to this file, one JSON object a line, also those that the recording has nothing to compare with.", HelpName = "FILE" };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };
        Option<bool> all = new("--all") { Description = "Show the deliberate differences one by one too." };
        Command command = new("go-api", "Sends the requests that were recorded with the real Go milvus-cdc, in order, and compares the answers. "
            + "The exit code is 0 only when every answer is equal, or listed as deliberately different.")
        { address, cases, deviations, phases, answers, server, all };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            string[] wanted = parsed.GetValue(phases) ?? [];
            IEnumerable<RecordedCase> selected = RecordedCase.ReadAll(parsed.GetValue(cases)!).Where(one => wanted.Length == 0 || wanted.Contains(one.Phase, StringComparer.Ordinal));
            DeviationTable known = DeviationTable.Read(parsed.GetValue(deviations)!);
            List<CaseResult> results;
            if (parsed.GetValue(address) is { } given)
            {
                using GivenServer there = new(new Uri(given));
                results = await RunAsync(console, selected, there, known, cancellation);
            }
            else
            {
                await using OwnServer own = await OwnServer.StartAsync(parsed.GetValue(server), null, cancellation);
                results = await RunAsync(console, selected, own, known, cancellation);
            }

            if (parsed.GetValue(answers) is { } file)
            {
                await File.WriteAllLinesAsync(file, results.Select(static one => JsonSerializer.Serialize(
                    new { n = one.Case.Number, phase = one.Case.Phase, name = one.Case.Name, outcome = one.Outcome.ToString(), status = one.Answer?.Status, body = one.Answer?.Body })), cancellation);
            }

            return Report(console, results, parsed.GetValue(all));
        }));
        return command;
    }

    private static async Task<List<CaseResult>> RunAsync(IAnsiConsole console, IEnumerable<RecordedCase> cases, ICaseServer server, DeviationTable known, CancellationToken cancellation)
    {
        List<CaseResult> results = [];
        string phase = "";
        await foreach (CaseResult result in CaseRun.RunAsync(cases, server, known, cancellation))
        {
            if (result.Case.Phase != phase)
            {
                phase = result.Case.Phase;
                console.MarkupLineInterpolated($"[grey]{phase}...[/]");
            }

            results.Add(result);
        }

        return results.Count > 0 ? results : throw new SandboxException("No case of the recording was selected.");
    }

    private static int Report(IAnsiConsole console, List<CaseResult> results, bool all)
    {
        CaseOutcome[] columns = [CaseOutcome.Equal, CaseOutcome.Deliberate, CaseOutcome.Different, CaseOutcome.ListedButEqual, CaseOutcome.Sent, CaseOutcome.LeftOut];
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("phase").AddColumn(new TableColumn("cases").RightAligned());
        foreach (string title in (string[])["equal", "deliberate", "different", "listed, but equal", "nothing to compare", "left out"])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (IGrouping<string, CaseResult> phase in results.GroupBy(static result => result.Case.Phase).Append(results.GroupBy(static _ => "all").Single()))
        {
            table.AddRow([Markup.Escape(phase.Key), $"{phase.Count()}", .. columns.Select(column => $"{phase.Count(result => result.Outcome == column)}")]);
        }

        foreach (CaseResult result in results.Where(result => result.Outcome is CaseOutcome.Different or CaseOutcome.ListedButEqual || (all && result.Outcome is CaseOutcome.Deliberate)))
        {
            console.MarkupLineInterpolated($"[bold]{result.Case.Number} {result.Case.Name}[/]: {result.Outcome} {result.Reason}");
            console.WriteLine($"   expected {result.Case.Answer?.Status} {Short(result.Case.Answer?.Body)}");
            console.WriteLine($"   answered {result.Answer?.Status} {Short(result.Answer?.Body)}");
        }

        console.Write(table);
        bool equal = !results.Any(static result => result.Outcome is CaseOutcome.Different or CaseOutcome.ListedButEqual);
        console.MarkupLine(equal ? "[green]Every answer is equal, or listed as deliberately different.[/]" : "[red]There are differences that are not listed.[/]");
        return equal ? 0 : 1;
    }

    private static string Short(string? text) => text is null ? "(no answer)" : text.Length <= LongestShown ? text.TrimEnd() : $"{text[..LongestShown]}… ({text.Length} characters)";
}
