using System.CommandLine;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MilvusCdc.Cli.Commands;

/// <summary><c>cdcctl watch</c> and <c>cdcctl events</c>.</summary>
internal static class WatchCommands
{
    private static readonly Argument<string?> s_task = new("task") { Description = "The task's id. Default: all tasks.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<double> s_every = new("--every") { Description = "Seconds between two looks.", DefaultValueFactory = static _ => 1, HelpName = "seconds" };
    private static readonly Option<int> s_count = new("--count") { Description = "How many looks; 0: until you end it.", HelpName = "number" };
    private static readonly Option<bool> s_untilCaughtUp = new("--until-caught-up") { Description = "End when everything that the source has is on the target." };

    public static IEnumerable<Command> Make(Verb verb)
    {
        Option<string?> task = new("--task") { Description = "Only events of this task." };
        Option<string?> types = new("--types") { Description = "Only these types, with commas between: task, status, operation, worker." };
        Option<int> count = new("--count") { Description = "How many events; 0: until you end it.", HelpName = "number" };
        yield return verb.Make("watch", "Show tasks, or one task's channels, as they move.", WatchAsync, s_task, s_every, s_count, s_untilCaughtUp);
        yield return verb.Make(
            "events", "Print what happens as it happens, one JSON object a line.",
            (parsed, context, cancellation) => EventsAsync(context, ApiClient.Query(("task", parsed.GetValue(task)), ("types", parsed.GetValue(types))), parsed.GetValue(count), cancellation),
            task, types, count);
    }

    private static async Task<int> WatchAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        double every = parsed.GetValue(s_every);
        if (every is not (>= 0.1 and <= 3600))
        {
            throw new UsageException($"--every is {every}; allowed are 0.1 to 3600 seconds.");
        }

        string path = parsed.GetValue(s_task) is { } id ? $"/tasks/{ApiClient.Part(id)}/progress" : "/tasks";
        bool untilCaughtUp = parsed.GetValue(s_untilCaughtUp);
        int looks = parsed.GetValue(s_count);
        if (context.Json)
        {
            await LookAsync(context, path, every, looks, untilCaughtUp, answer => context.Surroundings.Out.WriteLine(answer.ToJsonString()), cancellation);
            return ExitCode.Done;
        }

        IAnsiConsole console = context.Surroundings.Open(live: true);
        if (!console.Profile.Capabilities.Interactive)
        {
            await LookAsync(context, path, every, looks, untilCaughtUp, answer => console.Write(Render(answer)), cancellation);
            return ExitCode.Done;
        }

        await console.Live(new Text("")).StartAsync(live => LookAsync(
            context,
            path,
            every,
            looks,
            untilCaughtUp,
            answer =>
            {
                live.UpdateTarget(Render(answer));
                live.Refresh();
            },
            cancellation));
        return ExitCode.Done;
    }

    private static async Task LookAsync(Context context, string path, double every, int looks, bool untilCaughtUp, Action<JsonNode> show, CancellationToken cancellation)
    {
        for (int look = 1; ; look++)
        {
            JsonNode answer = await context.Api.GetAsync(path, cancellation);
            show(answer);
            if (look == looks || (untilCaughtUp && IsCaughtUp(answer)))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(every), cancellation);
        }
    }

    private static bool IsCaughtUp(JsonNode answer) => answer["tasks"] is JsonArray tasks ? tasks.All(static task => (bool?)task!["caughtUp"] == true) : (bool?)answer["caughtUp"] == true;

    private static IRenderable Render(JsonNode answer) => answer["tasks"] is null ? ProgressView.Render(answer) : TaskCommands.Table(answer).Raw;

    private static async Task<int> EventsAsync(Context context, string query, int count, CancellationToken cancellation)
    {
        string type = "";
        int printed = 0;
        await foreach (string line in context.Api.LinesAsync("/events" + query, cancellation))
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                type = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && type is not "hello")
            {
                context.Surroundings.Out.WriteLine($$"""{"type":"{{type}}","data":{{line["data: ".Length..]}}}""");
                if (++printed == count)
                {
                    return ExitCode.Done;
                }
            }
        }

        throw new ApiException(ExitCode.Unavailable, "The server ended the stream of events.");
    }
}
