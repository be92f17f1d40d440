using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;
using Spectre.Console;

namespace MilvusCdc.Cli.Commands;

/// <summary><c>cdcctl plan</c>: what a task would meet.</summary>
internal static class PlanCommand
{
    public static Command Make(Verb verb)
    {
        Option<string?> task = new("--task") { Description = "Plan a task that is there already." };
        return verb.Make(
            "plan",
            "Look at source and target as a task would meet them, and create nothing. Ends with 1 when there are errors.",
            async (parsed, context, cancellation) =>
            {
                JsonNode plan = parsed.GetValue(task) is { } id
                    ? await context.Api.PostAsync($"/tasks/{ApiClient.Part(id)}/plan", null, cancellation)
                    : await context.Api.PostAsync("/plan", TaskInput.Read(parsed, context.Surroundings), cancellation);
                return context.Show(plan, console => Print(console, plan), (bool?)plan["accepted"] == true ? ExitCode.Done : ExitCode.Refused);
            },
            [task, .. TaskInput.Symbols]);
    }

    /// <summary>The report for people: findings, then what is taken, then the verdict.</summary>
    public static void Print(IAnsiConsole console, JsonNode plan)
    {
        console.WriteLine($"Plan for {plan["target"]}: source {Words.Of(plan["sourceVersion"] ?? "of unknown version")}, target {Words.Of(plan["targetVersion"] ?? "of unknown version")}");
        console.WriteLine();
        foreach (JsonNode? finding in plan["findings"]!.AsArray())
        {
            string severity = Words.Of(finding!["severity"]);
            Paragraph line = new();
            line.Append($"{severity.ToLowerInvariant(),-8}", new Style(Words.Colour(severity), decoration: severity is "Error" ? Decoration.Bold : Decoration.None));
            line.Append($"{finding["where"]}: {finding["text"]}");
            console.Write(line);
            console.WriteLine();
            if (finding["advice"] is { } advice)
            {
                console.WriteLine($"        -> {advice}");
            }
        }

        if (plan["collections"] is JsonArray { Count: > 0 } collections)
        {
            Tables table = new("", "source", "target", ">shards", "on the target now", ">rows there");
            foreach (JsonNode? one in collections)
            {
                table.Row(Words.Of(one!["source"]), Words.Of(one["target"]), Words.Count(one["shards"]), Words.Of(one["onTarget"]), Words.Count(one["targetRows"]));
            }

            console.WriteLine();
            table.Print(console);
        }

        if (plan["channels"] is JsonArray { Count: > 0 } channels)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{channels.Count} channels, {Words.Count(plan["backlog"])} messages to read before the target is level with the source."));
        }

        int errors = Count(plan, "Error");
        int warnings = Count(plan, "Warning");
        console.WriteLine();
        console.WriteLine(errors > 0 ? $"Refused: {Of(errors, "error")}, {Of(warnings, "warning")}." : $"Accepted: no errors, {Of(warnings, "warning")}.");
    }

    private static int Count(JsonNode plan, string severity) => plan["findings"]!.AsArray().Count(finding => Words.Of(finding!["severity"]) == severity);

    private static string Of(int count, string what) => count == 0 ? $"no {what}s" : count == 1 ? $"1 {what}" : $"{count} {what}s";
}
