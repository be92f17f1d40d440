using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Sandbox.Comparison;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>Shows a comparison to a person, and writes it for a program.</summary>
internal static class ComparisonTable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void Print(IAnsiConsole console, ComparisonReport report)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("collection").NoWrap());
        foreach (string column in (string[])["expected", "found", "equal", "doubled", "missing", "different", "extra"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddColumn("verdict");
        foreach (TableVerdict row in report.Tables)
        {
            table.AddRow(
                Markup.Escape(row.Name), Number(row.Expected), Number(row.Found), Number(row.Equal), Bad(row.Doubled), Bad(row.Missing), Bad(row.Different), Bad(row.Extra), Verdict(row.Verdict));
        }

        console.Write(table);
        foreach (TableVerdict row in report.Tables.Where(row => row.Verdict != TableOutcome.Equal))
        {
            foreach (string example in row.Examples)
            {
                console.MarkupLineInterpolated($"[red]{row.Name}[/]: {example}");
            }
        }
    }

    /// <summary>Writes verdicts and poisons as JSON.</summary>
    public static async Task WriteAsync(string path, ComparisonReport report, IEnumerable<string> poisons, CancellationToken cancellation)
    {
        string text = JsonSerializer.Serialize(new { report.AllEqual, report.Tables, Poisons = poisons }, Json);
        await File.WriteAllTextAsync(path, text + "\n", cancellation);
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bad(long count) => count == 0 ? "0" : $"[red]{Number(count)}[/]";

    private static string Verdict(TableOutcome outcome) => outcome switch
    {
        TableOutcome.Equal => "[green]equal[/]",
        TableOutcome.MissingCollection => "[red]not on the target[/]",
        TableOutcome.ExtraCollection => "[red]on the target only[/]",
        _ => "[red]different[/]",
    };
}
