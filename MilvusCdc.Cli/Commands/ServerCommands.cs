using System.CommandLine;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;
using Spectre.Console;

namespace MilvusCdc.Cli.Commands;

/// <summary>Workers, operations log, events, and what the server is.</summary>
internal static class ServerCommands
{
    public static IEnumerable<Command> Make(Verb verb)
    {
        Argument<string> worker = new("worker") { Description = "The worker's name." };
        Option<string?> task = new("--task") { Description = "Only what concerned this task." };
        Option<string?> who = new("--who") { Description = "Only what this token's holder did." };
        Option<string?> action = new("--action") { Description = "Only this action, such as task.pause." };
        Option<int> limit = new("--limit", "-n") { Description = "How many, the newest first.", DefaultValueFactory = static _ => 50 };
        Argument<string> operation = new("operation") { Description = "The operation's id." };
        Argument<string> of = new("task") { Description = "The task's id." };
        yield return Verb.Group(
            "workers",
            "The workers, and what they run.",
            verb.Make("list", "The workers, and what they run.", WorkersAsync),
            verb.Make("drain", "Make a worker leave its tasks to the others and take none.", (parsed, context, cancellation) => WorkerAsync(context, parsed.GetValue(worker)!, "drain", cancellation), worker),
            verb.Make("undrain", "Let a worker take tasks again.", (parsed, context, cancellation) => WorkerAsync(context, parsed.GetValue(worker)!, "undrain", cancellation), worker));
        yield return Verb.Group(
            "operations",
            "Who did what, when, from where, and how it ended.",
            verb.Make(
                "list", "The newest operations.",
                (parsed, context, cancellation) => OperationsAsync(
                    context, ApiClient.Query(("task", parsed.GetValue(task)), ("who", parsed.GetValue(who)), ("action", parsed.GetValue(action)), ("limit", $"{parsed.GetValue(limit)}")), cancellation),
                task, who, action, limit),
            verb.Make("show", "One operation.", (parsed, context, cancellation) => FactsAsync(context, $"/operations/{ApiClient.Part(parsed.GetValue(operation)!)}", cancellation), operation),
            verb.Make("notes", "What was done to a task's checkpoint and dead letters by hand.", (parsed, context, cancellation) => NotesAsync(context, parsed.GetValue(of)!, cancellation), of));
        yield return verb.Make("version", "What the server is.", static (_, context, cancellation) => FactsAsync(context, "/version", cancellation));
        yield return verb.Make("me", "Who the server takes you for.", static (_, context, cancellation) => FactsAsync(context, "/me", cancellation));
    }

    private static async Task<int> WorkersAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync("/workers", cancellation);
        return context.Table(answer, () =>
        {
            Tables table = new("There are no workers.", "state", "worker", "machine", "version", "since", ">tasks", "");
            foreach (JsonNode? one in answer["workers"]!.AsArray())
            {
                string state = Words.Of(one!["state"]);
                JsonArray tasks = one["tasks"]!.AsArray();
                table.Row(
                    Words.Colour(state), state, Words.Of(one["name"]), Words.Of(one["machine"]), Words.Of(one["version"]), Words.Time(one["since"]), $"{tasks.Count}",
                    string.Join(", ", tasks.Take(5).Select(Words.Of)) + (tasks.Count > 5 ? ", …" : ""));
            }

            return table;
        });
    }

    private static async Task<int> WorkerAsync(Context context, string name, string verb, CancellationToken cancellation)
    {
        JsonNode worker = await context.Api.PostAsync($"/workers/{ApiClient.Part(name)}/{verb}", null, cancellation);
        return context.Say(worker, $"The worker '{name}' is {worker["state"]} and has {worker["tasks"]!.AsArray().Count} tasks.");
    }

    private static async Task<int> OperationsAsync(Context context, string query, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync("/operations" + query, cancellation);
        return context.Table(answer, () =>
        {
            Tables table = new("Nothing was done yet.", "result", "when", "who", "from", "action", "task", "");
            foreach (JsonNode? one in answer["operations"]!.AsArray())
            {
                string result = Words.Of(one!["result"]);
                table.Row(
                    Words.Colour(result), result, Words.Time(one["at"]), Words.Of(one["who"]), Words.Of(one["from"]), Words.Of(one["action"]), Words.Of(one["task"]),
                    $"{one["subject"]} {one["detail"]}".Trim());
            }

            return table;
        });
    }

    private static async Task<int> NotesAsync(Context context, string task, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync($"/tasks/{ApiClient.Part(task)}/notes", cancellation);
        return context.Table(answer, () =>
        {
            Tables table = new("Nothing was done by hand.", "when", "who", "action", "what", "why");
            foreach (JsonNode? one in answer["notes"]!.AsArray())
            {
                table.Row(Words.Time(one!["at"]), Words.Of(one["by"]), Words.Of(one["action"]), Words.Of(one["what"]), Words.Of(one["note"]));
            }

            return table;
        });
    }

    private static async Task<int> FactsAsync(Context context, string path, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync(path, cancellation);
        return context.Show(answer, console =>
        {
            foreach ((string name, JsonNode? value) in answer.AsObject())
            {
                console.WriteLine($"{name,-10}{Words.Of(value)}");
            }
        });
    }
}
