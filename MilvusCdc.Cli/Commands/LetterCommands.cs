using System.CommandLine;
using System.Text.Json.Nodes;
using MilvusCdc.Cli.Output;
using Spectre.Console;

namespace MilvusCdc.Cli.Commands;

/// <summary><c>cdcctl letters</c>: dead letters.</summary>
internal static class LetterCommands
{
    private static readonly Argument<string> s_task = new("task") { Description = "The task's id." };
    private static readonly Argument<string> s_letter = new("letter") { Description = "The letter's id, such as by-dev-rootcoord-dml_3@1234." };

    public static Command Make(Verb verb)
    {
        Option<bool> blindly = new("--unchecked") { Description = "Without a look at what the source did to its rows since." };
        Option<string?> note = new("--note") { Description = "Why." };
        Option<FileInfo> output = new("--output", "-o") { Description = "The file to write.", Required = true, HelpName = "file" };
        return Verb.Group(
            "letters",
            "Dead letters: messages that the target refused and the task has set aside.",
            verb.Make("list", "The dead letters of a task, and the message that blocks it.", ListAsync, s_task),
            verb.Make("show", "One dead letter.", ShowAsync, s_task, s_letter),
            verb.Make("bytes", "The bytes of a dead letter, as the source wrote them.", (parsed, context, cancellation) => BytesAsync(parsed, context, parsed.GetValue(output)!, cancellation), s_task, s_letter, output),
            verb.Make(
                "replay", "Send a dead letter again.",
                async (parsed, context, cancellation) => context.Say(
                    await context.Api.PostAsync($"{Path(parsed)}/replay", new JsonObject { ["unchecked"] = parsed.GetValue(blindly) }, cancellation), "It is sent again at the task's next safe moment."),
                s_task, s_letter, blindly),
            verb.Make(
                "skip", "Give a dead letter up.",
                async (parsed, context, cancellation) => context.Say(
                    await context.Api.PostAsync($"{Path(parsed)}/skip", parsed.GetValue(note) is { } why ? new JsonObject { ["note"] = why } : null, cancellation), "It is given up; its rows stay away from the target."),
                s_task, s_letter, note),
            verb.Make(
                "permit", "Permit that the message at which the task is blocked is set aside.",
                async (parsed, context, cancellation) => context.Say(await context.Api.PostAsync($"{Path(parsed)}/permit", null, cancellation), "It may be set aside; resume the task."),
                s_task, s_letter));
    }

    private static async Task<int> ListAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode answer = await context.Api.GetAsync($"/tasks/{ApiClient.Part(parsed.GetValue(s_task)!)}/dead-letters?limit=500", cancellation);
        return context.Show(answer, console =>
        {
            Tables table = new("There are no dead letters.", "state", "letter", "collection", "kind", ">rows", ">bytes", "cause");
            foreach (JsonNode? one in answer["letters"]!.AsArray())
            {
                table.Row(Words.Of(one!["state"]), Words.Of(one["id"]), Words.Of(one["collection"]), Words.Of(one["kind"]), Words.Count(one["rows"]), Words.Count(one["bytes"]), Words.Of(one["cause"]));
            }

            table.Print(console);
            if (answer["summary"]?["blocking"] is { } blocking)
            {
                console.WriteLine($"The task is blocked by {blocking["id"]}: {blocking["cause"]}");
            }

            if (answer["next"] is not null)
            {
                console.WriteLine($"These are the first 500 of {answer["summary"]!["letters"]}.");
            }
        });
    }

    private static async Task<int> ShowAsync(ParseResult parsed, Context context, CancellationToken cancellation)
    {
        JsonNode letter = await context.Api.GetAsync(Path(parsed), cancellation);
        return context.Table(letter, () =>
        {
            Tables table = new("", "", "");
            foreach ((string name, JsonNode? value) in letter.AsObject())
            {
                table.Row(name, Words.Of(value));
            }

            return table;
        });
    }

    private static async Task<int> BytesAsync(ParseResult parsed, Context context, FileInfo output, CancellationToken cancellation)
    {
        byte[] bytes = await context.Api.BytesAsync($"{Path(parsed)}/bytes", cancellation);
        try
        {
            await File.WriteAllBytesAsync(output.FullName, bytes, cancellation);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The file '{output.FullName}' cannot be written: {refused.Message}");
        }

        return context.Say(new JsonObject { ["bytes"] = bytes.Length, ["file"] = output.FullName }, $"{bytes.Length} bytes are in {output.FullName}.");
    }

    private static string Path(ParseResult parsed) => $"/tasks/{ApiClient.Part(parsed.GetValue(s_task)!)}/dead-letters/{ApiClient.Part(parsed.GetValue(s_letter)!)}";
}
