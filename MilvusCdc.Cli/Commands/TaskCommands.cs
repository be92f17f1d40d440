using System.CommandLine;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;

namespace MilvusCdc.Cli.Commands;

/// <summary><c>cdcctl tasks</c>.</summary>
internal static class TaskCommands
{
    private static readonly Argument<string> s_id = new("task") { Description = "The task's id." };
    private static readonly Option<string?> s_ifMatch = new("--if-match") { Description = "Do it only when the task still has this tag.", HelpName = "etag" };
    private static readonly Option<bool> s_wait = new("--wait") { Description = "Wait until the task has got there." };
    private static readonly Option<double> s_patience = new("--wait-seconds") { Description = "How long to wait at most.", DefaultValueFactory = static _ => 60, HelpName = "seconds" };

    public static Command Make(Verb verb)
    {
        Option<string?> state = new("--state") { Description = "Only tasks of this state." };
        state.AcceptOnlyFromAmong("Initial", "Running", "Paused");
        Option<string?> phase = new("--phase") { Description = "Only tasks of this phase." };
        Option<string?> text = new("--search", "-q") { Description = "Only tasks whose id, target or collections have this text." };
        Option<string?> reason = new("--reason") { Description = "Why, for whoever looks at the task." };
        Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };
        return Verb.Group(
            "tasks",
            "Create, look at and change tasks.",
            verb.Make("list", "All tasks with what they are doing.", (parsed, context, cancellation) => ListAsync(context, parsed.GetValue(state), parsed.GetValue(phase), parsed.GetValue(text), cancellation), state, phase, text),
            verb.Make("show", "One task.", ShowAsync, s_id),
            verb.Make("create", "Create a task: it is planned first, and refused when the plan has errors.", CreateAsync, [.. TaskInput.Symbols, TaskInput.SkipPlan]),
            verb.Make("change", "Change a task's login, deadline, policies or automatic start.", ChangeAsync, [s_id, s_ifMatch, .. TaskInput.ChangeSymbols]),
            verb.Make(
                "pause",
                "Pause a task at a cut.",
                (parsed, context, cancellation) => DoAsync(parsed, context, "pause", parsed.GetValue(reason) is { } why ? new JsonObject { ["reason"] = why } : null, "Paused", cancellation),
                s_id, reason, s_ifMatch, s_wait, s_patience),
            verb.Make("resume", "Let a task run on; at a fault, try again now.", (parsed, context, cancellation) => DoAsync(parsed, context, "resume", null, "Streaming", cancellation), s_id, s_ifMatch, s_wait, s_patience),
            verb.Make("retry-now", "Make a task at a fault try again now.", (parsed, context, cancellation) => DoAsync(parsed, context, "retry-now", null, "Streaming", cancellation), s_id, s_ifMatch, s_wait, s_patience),
            verb.Make("delete", "Delete a task; the target keeps its data.", (parsed, context, cancellation) => DeleteAsync(parsed, context, parsed.GetValue(yes), cancellation), s_id, yes, s_ifMatch, s_wait, s_patience),
            verb.Make("progress", "How far a task is, and whether its target could take over.", ProgressAsync, s_id),
            verb.Make("collections", "What a task's collections are on the target.", CollectionsAsync, s_id));
    }

    /// <summary>The list as a table.</summary>
    public static Tables Table(JsonNode answer)
    {
        Tables table = new("There are no tasks.", "phase", "task", "target", ">lag", ">rows/s", "worker", "what holds it up");
        foreach (JsonNode? task in answer["tasks"]!.AsArray())
        {
            string phase = Words.Of(task!["phase"]);
            table.Row(
                Words.Colour(phase), phase, Words.Of(task["id"]), Words.Of(task["target"]), (bool?)task["isStale"] == true ? "old" : (bool?)task["caughtUp"] == true ? "caught up" : Words.Lag(task["lagMs"]),
                Words.Count(task["rates"]?["rowsPerSecond"]), Words.Of(task["owner"]), Words.Of(task["reason"]));
        }

        return table;
    }

    private static async Task<int> ListAsync(Context context, string? state, string? phase, string? text, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync("/tasks" + ApiClient.Query(("state", state), ("phase", phase), ("q", text)), cancellation);
        return context.Table(answer, () => Table(answer));
    }

    private static async Task<int> ShowAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode task = await context.Api.GetAsync(Path(parsed), cancellation);
        return context.Table(task, () => Facts(task));
    }

    private static Tables Facts(JsonNode task)
    {
        Tables table = new("", "", "");
        JsonNode definition = task["definition"]!;
        table.Row("task", Words.Of(task["id"]));
        table.Row("phase", $"{Words.Of(task["phase"])} since {Words.Time(task["since"])}{((bool?)task["isStale"] == true ? $" (old: published {Words.Time(task["publishedAt"])})" : "")}");
        table.Row("wanted", Words.Of(task["intent"]));
        table.Row("what holds it up", Words.Of(task["reason"]));
        table.Row("worker", Words.Of(task["owner"]));
        table.Row("target", Words.Of(definition["target"]!["address"]) + ((bool?)definition["target"]!["hasToken"] == true ? " (with a login)" : ""));
        table.Row("collections", string.Join(", ", definition["collections"]!["include"]!.AsArray().Select(Words.Of)));
        table.Row("left out", string.Join(", ", definition["collections"]!["exclude"]!.AsArray().Select(Words.Of)));
        table.Row("names", string.Join(", ", definition["mappings"]!.AsArray().Select(static one => $"{one!["source"]} to {one["target"]}")));
        table.Row("policies", string.Join(", ", definition["policies"]!.AsObject().Select(static one => $"{one.Key} {Words.Of(one.Value)}")));
        table.Row("lag", Words.Lag(task["lagMs"]));
        table.Row("created", Words.Time(task["createdAt"]));
        table.Row("etag", Words.Of(task["etag"]));
        return table;
    }

    private static async Task<int> CreateAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonObject body = TaskInput.Read(parsed, context.Surroundings);
        try
        {
            JsonNode task = await context.Api.PostAsync("/tasks" + (parsed.GetValue(TaskInput.SkipPlan) ? "?skipPlan=true" : ""), body, cancellation);
            return context.Say(task, $"The task '{task["id"]}' is created.");
        }
        catch (ApiException refused) when (!context.Json && refused.Problem?["plan"] is JsonObject plan)
        {
            PlanCommand.Print(context.Surroundings.Open(live: false), plan);
            return ExitCode.Refused;
        }
    }

    private static async Task<int> ChangeAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode task = await context.Api.SendAsync(HttpMethod.Patch, Path(parsed), TaskInput.ReadChange(parsed, context.Surroundings), cancellation, parsed.GetValue(s_ifMatch));
        return context.Say(task, $"The task '{task["id"]}' is changed; it goes on with that from its checkpoint.");
    }

    private static async Task<int> DoAsync(ParseResult parsed, Context context, string verb, JsonNode? body, string phase, CancellationToken cancellation)
    {
        JsonNode task = await context.Api.SendAsync(HttpMethod.Post, $"{Path(parsed)}/{verb}", body, cancellation, parsed.GetValue(s_ifMatch));
        if (parsed.GetValue(s_wait))
        {
            task = await WaitAsync(parsed, context, now => now is not null && Words.Of(now["phase"]) == phase, cancellation) ?? task;
        }

        return context.Say(task, $"The task '{task["id"]}' is in phase {task["phase"]}{(Words.Of(task["phase"]) == phase ? "" : $", on its way to {phase}")}.");
    }

    private static async Task<int> DeleteAsync(ParseResult parsed, Context context, bool yes, CancellationToken cancellation)
    {
        string id = parsed.GetValue(s_id)!;
        if (!yes)
        {
            await context.Surroundings.Error.WriteAsync($"Delete the task '{id}' and its checkpoint? The target keeps its data. Type the id to do it: ");
            if (await context.Surroundings.Input.ReadLineAsync(cancellation) != id)
            {
                throw new UsageException("Nothing is deleted.");
            }
        }

        JsonNode task = await context.Api.SendAsync(HttpMethod.Delete, Path(parsed), null, cancellation, parsed.GetValue(s_ifMatch));
        if (parsed.GetValue(s_wait))
        {
            await WaitAsync(parsed, context, static now => now is null, cancellation);
        }

        return context.Say(task, $"{(parsed.GetValue(s_wait) ? $"The task '{id}' is gone." : $"The task '{id}' is being deleted.")} {Words.Of(task["handOver"])}".TrimEnd());
    }

    // Null: the task is gone.
    private static async Task<JsonNode?> WaitAsync(ParseResult parsed, Context context, Func<JsonNode?, bool> there, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(parsed.GetValue(s_patience)));
        JsonNode? now = null;
        try
        {
            while (true)
            {
                now = await FindAsync(parsed, context, patience.Token);
                if (there(now))
                {
                    return now;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(300), patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiException(ExitCode.TimedOut, $"The task '{parsed.GetValue(s_id)}' was not there within {parsed.GetValue(s_patience):0.#} s: it is in phase {now?["phase"]}. {now?["reason"]}".TrimEnd());
        }
    }

    private static async Task<JsonNode?> FindAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        try
        {
            return await context.Api.GetAsync(Path(parsed), cancellation);
        }
        catch (ApiException gone) when (gone.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }

    private static async Task<int> ProgressAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode progress = await context.Api.GetAsync($"{Path(parsed)}/progress", cancellation);
        return context.Show(progress, console => ProgressView.Print(console, progress));
    }

    private static async Task<int> CollectionsAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync($"{Path(parsed)}/collections", cancellation);
        return context.Table(answer, () =>
        {
            Tables table = new("The task has no collections yet.", "state", "source", "target", ">shards", ">inserted", ">deleted", "source id", "target id");
            foreach (JsonNode? one in answer["collections"]!.AsArray())
            {
                table.Row(
                    Words.Of(one!["state"]), Words.Of(one["sourceName"]), Words.Of(one["targetName"]), $"{one["shards"]?.AsArray().Count ?? 0}", Words.Count(one["inserted"]), Words.Count(one["deleted"]),
                    Words.Of(one["sourceId"]), Words.Of(one["targetId"]));
            }

            return table;
        });
    }

    private static string Path(ParseResult parsed) => $"/tasks/{ApiClient.Part(parsed.GetValue(s_id)!)}";
}
