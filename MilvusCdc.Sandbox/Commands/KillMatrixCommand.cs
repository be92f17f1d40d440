using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary><c>sandbox kill-matrix</c>.</summary>
internal static class KillMatrixCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    public static Command Create(IAnsiConsole console)
    {
        Option<string[]> workloads = new("--workload") { Description = "recorded, random, or both (default).", DefaultValueFactory = _ => ["recorded", "random"], AllowMultipleArgumentsPerToken = true };
        workloads.AcceptOnlyFromAmong("recorded", "random");
        Option<string[]> modes = new("--mode") { Description = "restart, take-over, or both (default).", DefaultValueFactory = _ => ["restart", "take-over"], AllowMultipleArgumentsPerToken = true };
        modes.AcceptOnlyFromAmong("restart", "take-over");
        Option<string[]> logs = new("--log")
        {
            Description = "The source's log: kafka, pulsar, or both (default). On Pulsar the recorded session is another one, and the random source is read with durable subscriptions.",
            DefaultValueFactory = _ => ["kafka", "pulsar"],
            AllowMultipleArgumentsPerToken = true,
        };
        logs.AcceptOnlyFromAmong("kafka", "pulsar");
        Option<int[]> points = new("--point") { Description = "Only these points, in one replay.", HelpName = "N", AllowMultipleArgumentsPerToken = true };
        Option<int> replays = new("--replays") { Description = "Over how many replays the points of a workload and a mode are spread.", HelpName = "N", DefaultValueFactory = _ => 7 };
        Option<int> parallel = new("--parallel") { Description = "Replays at a time.", HelpName = "N", DefaultValueFactory = _ => 2 };
        foreach (Option<int> number in (Option<int>[])[replays, parallel])
        {
            number.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() is not (>= 1 and <= 100))
                {
                    result.AddError($"{number.Name} must be 1 to 100.");
                }
            });
        }

        Option<string?> json = new("--json") { Description = "Also write the table to this file, as JSON.", HelpName = "FILE" };
        Option<bool> verbose = new("--verbose") { Description = "Show the log lines of etcd and of the servers." };
        Option<string?> server = new("--server") { Description = "Path of MilvusCdc.Server.dll. Default: where the build puts it.", HelpName = "PATH" };
        Command command = new("kill-matrix", "Kills the server at many numbered points of a replay, starts it again (or lets a second one take over), and compares source and target at the end. "
            + "The exit code is 0 only when nothing was lost and nothing doubled.")
        { workloads, modes, logs, points, replays, parallel, json, verbose, server };
        command.SetAction((parsed, cancellation) => Failures.ReportAsync(console, async () =>
        {
            KillPlan[] plans = [.. from log in parsed.GetValue(logs)!.Distinct()
                                   from workload in parsed.GetValue(workloads)!.Distinct()
                                   from mode in parsed.GetValue(modes)!.Distinct()
                                   select KillPlans.Of(
                                       workload,
                                       log == "pulsar" ? RecordedLog.Pulsar : RecordedLog.Kafka,
                                       mode == "restart" ? KillMode.Restart : KillMode.TakeOver,
                                       parsed.GetValue(replays),
                                       parsed.GetValue(points) ?? [])];
            KillMatrix matrix = new(plans, parsed.GetValue(parallel), parsed.GetValue(server))
            {
                Progress = line => console.WriteLine(line),
                Log = parsed.GetValue(verbose) ? console.WriteLine : null,
            };
            KillMatrixResult result = await matrix.RunAsync(cancellation);
            Print(console, result);
            if (parsed.GetValue(json) is { } path)
            {
                await File.WriteAllTextAsync(path, JsonSerializer.Serialize(result, Json), cancellation);
            }

            return result.Problems.Count == 0 && result.Rows.All(row => row.Equal) ? 0 : 1;
        }));
        return command;
    }

    private static void Print(IAnsiConsole console, KillMatrixResult result)
    {
        foreach (IGrouping<(string Workload, KillMode Mode), KillRow> group in result.Rows.GroupBy(row => (row.Workload, row.Mode)))
        {
            Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{group.Key.Workload}, {KillMatrix.Words(group.Key.Mode)}"));
            table.AddColumns("#", "killed at", "in flight", "streaming again", "lost", "doubled");
            foreach (int right in (int[])[0, 3, 4, 5])
            {
                table.Columns[right].Alignment = Justify.Right;
            }

            foreach (KillRow row in group.OrderBy(row => row.Number))
            {
                table.AddRow(
                    row.Number.ToString(CultureInfo.InvariantCulture), Markup.Escape(row.Point), row.Reached ? Markup.Escape(row.InFlight) : "-", row.Reached ? Time(row.ToStreamingMs) : "not reached",
                    row.Lost.ToString(CultureInfo.InvariantCulture), row.Doubled.ToString(CultureInfo.InvariantCulture));
            }

            console.Write(table);
            int reached = group.Count(row => row.Reached);
            string summary = string.Create(
                CultureInfo.InvariantCulture,
                $"{reached} kill points reached of {group.Count()}; lost {Sum(group, row => row.Lost)}, doubled {Sum(group, row => row.Doubled)}; streaming again after {Median(group):0.0} s (median), {group.Max(row => row.ToStreamingMs) / 1000:0.0} s (longest)");
            console.WriteLine(summary);
        }

        foreach (string problem in result.Problems)
        {
            console.MarkupLineInterpolated($"[red]{problem}[/]");
        }
    }

    // Lost and doubled rows are those of a whole replay, so each replay counts once.
    private static long Sum(IEnumerable<KillRow> rows, Func<KillRow, long> value) => rows.GroupBy(row => row.Replay).Sum(replay => value(replay.First()));

    private static double Median(IEnumerable<KillRow> rows)
    {
        double[] times = [.. rows.Where(row => row.ToStreamingMs is not null).Select(row => row.ToStreamingMs!.Value / 1000).Order()];
        return times.Length == 0 ? 0 : times[times.Length / 2];
    }

    private static string Time(double? milliseconds) => milliseconds is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.0} s") : "killed again";
}
