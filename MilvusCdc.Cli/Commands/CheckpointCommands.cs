using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;

namespace MilvusCdc.Cli.Commands;

/// <summary><c>cdcctl checkpoint</c>.</summary>
internal static class CheckpointCommands
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };
    private static readonly Argument<string> s_task = new("task") { Description = "The task's id." };
    private static readonly Option<string?> s_confirm = new("--confirm") { Description = "The task's id once more; asked for when it is missing.", HelpName = "task" };
    private static readonly Option<string[]> s_accept = new("--accept") { Description = "What it may do to the target: skipped, repeated.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> s_note = new("--note") { Description = "Why." };

    public static Command Make(Verb verb)
    {
        s_accept.AcceptOnlyFromAmong("skipped", "repeated");
        Option<FileInfo?> output = new("--output", "-o") { Description = "The file to write. Default: print it.", HelpName = "file" };
        Argument<FileInfo> input = new("file") { Description = "What export wrote." };
        Option<string?> frontier = new("--frontier") { Description = "A Milvus timestamp: everything up to it is taken to be on the target.", HelpName = "timestamp" };
        Option<string[]> position = new("--position") { Description = "channel=position, the first message to read there. May be given several times.", HelpName = "channel=position" };
        Option<string?> operations = new("--operations") { Description = "The first message of the channel of operations to read.", HelpName = "position" };
        return Verb.Group(
            "checkpoint",
            "Look at checkpoints, take them out, put them in, set them.",
            verb.Make("show", "The checkpoint of a task.", ShowAsync, s_task),
            verb.Make("export", "The checkpoint as a file.", (parsed, context, cancellation) => ExportAsync(parsed, context, parsed.GetValue(output), cancellation), s_task, output),
            verb.Make("import", "Make a paused task go on from an exported checkpoint.", (parsed, context, cancellation) => ImportAsync(parsed, context, parsed.GetValue(input)!, cancellation), s_task, input, s_confirm, s_accept, s_note),
            verb.Make(
                "set",
                "Set parts of a paused task's checkpoint by hand.",
                (parsed, context, cancellation) => SetAsync(parsed, context, parsed.GetValue(frontier), parsed.GetValue(position) ?? [], parsed.GetValue(operations), cancellation),
                s_task, frontier, position, operations, s_confirm, s_accept, s_note));
    }

    private static async Task<int> ShowAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode checkpoint = await context.Api.GetAsync(Path(parsed), cancellation);
        return context.Table(checkpoint, () =>
        {
            Tables table = new("", "channel", "position");
            table.Row("frontier", $"{checkpoint["frontier"]} ({Words.Time(checkpoint["frontierTime"])})");
            foreach ((string channel, JsonNode? at) in checkpoint["channels"]!.AsObject())
            {
                table.Row(channel, Words.Of(at!["position"]));
            }

            table.Row("operations", Words.Of(checkpoint["operations"]));
            table.Row("written", Words.Time(checkpoint["writtenAt"]));
            return table;
        });
    }

    private static async Task<int> ExportAsync(ParseResult parsed, Context context, FileInfo? output, CancellationToken cancellation)
    {
        JsonNode checkpoint = await context.Api.GetAsync($"{Path(parsed)}/export", cancellation);
        string text = checkpoint.ToJsonString(s_indented);
        if (output is null)
        {
            context.Surroundings.Out.WriteLine(text);
            return ExitCode.Done;
        }

        try
        {
            await File.WriteAllTextAsync(output.FullName, text + "\n", cancellation);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The file '{output.FullName}' cannot be written: {refused.Message}");
        }

        return context.Say(checkpoint, $"The checkpoint is in {output.FullName}.");
    }

    private static async Task<int> ImportAsync(ParseResult parsed, Context context, FileInfo input, CancellationToken cancellation)
    {
        JsonNode document;
        try
        {
            document = JsonNode.Parse(await File.ReadAllTextAsync(input.FullName, cancellation)) ?? new JsonObject();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"The file '{input.FullName}' cannot be used: {wrong.Message}");
        }

        string query = ApiClient.Query(("confirm", Confirm(parsed, context)), ("accept", Accepted(parsed)), ("note", parsed.GetValue(s_note)));
        JsonNode stored = await context.Api.PostAsync($"{Path(parsed)}/import{query}", document, cancellation);
        return context.Say(stored, $"The task '{parsed.GetValue(s_task)}' will go on at frontier {stored["frontier"]}.");
    }

    private static async Task<int> SetAsync(ParseResult parsed, Context context, string? frontier, string[] positions, string? operations, CancellationToken cancellation)
    {
        JsonObject body = new() { ["confirm"] = Confirm(parsed, context) };
        if (frontier is not null)
        {
            body["frontier"] = frontier;
        }

        if (operations is not null)
        {
            body["operations"] = operations;
        }

        if (positions.Length > 0)
        {
            JsonObject map = [];
            foreach (string text in positions)
            {
                int equals = text.LastIndexOf('=');
                map[equals > 0 ? text[..equals] : throw new UsageException($"--position is '{text}'; allowed is channel=position.")] = text[(equals + 1)..];
            }

            body["positions"] = map;
        }

        if (Accepted(parsed) is { } accepted)
        {
            body["accept"] = new JsonArray([.. accepted.Split(',').Select(static risk => (JsonNode)risk)]);
        }

        if (parsed.GetValue(s_note) is { } note)
        {
            body["note"] = note;
        }

        JsonNode stored = await context.Api.SendAsync(HttpMethod.Patch, Path(parsed), body, cancellation);
        return context.Say(stored, $"The task '{parsed.GetValue(s_task)}' will go on at frontier {stored["frontier"]}.");
    }

    private static string Confirm(ParseResult parsed, Context context)
    {
        if (parsed.GetValue(s_confirm) is { } stated)
        {
            return stated;
        }

        context.Surroundings.Error.Write($"This changes where the task '{parsed.GetValue(s_task)}' goes on. Type its id to do it: ");
        return context.Surroundings.Input.ReadLine() is { Length: > 0 } typed ? typed : throw new UsageException("Nothing is changed.");
    }

    private static string? Accepted(ParseResult parsed) => parsed.GetValue(s_accept) is { Length: > 0 } risks ? string.Join(',', risks) : null;

    private static string Path(ParseResult parsed) => $"/tasks/{ApiClient.Part(parsed.GetValue(s_task)!)}/checkpoint";
}
