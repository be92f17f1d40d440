using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MilvusCdc.Cli.Output;

/// <summary>How far a task is, for people.</summary>
internal static class ProgressView
{
    public static void Print(IAnsiConsole console, JsonNode progress)
    {
        console.Write(Render(progress));
        JsonNode cutover = progress["cutover"]!;
        console.WriteLine((bool?)cutover["safe"] == true
            ? "The target could take over now, once writes to the source have ended."
            : "The target could not take over now:");
        foreach (JsonNode? check in cutover["checks"]!.AsArray().Where(static check => (bool?)check!["holds"] != true))
        {
            console.WriteLine($"  {check!["text"]}");
        }
    }

    /// <summary>The same as one block, for a live display.</summary>
    public static IRenderable Render(JsonNode progress)
    {
        string phase = Words.Of(progress["phase"]);
        Paragraph head = new();
        head.Append(phase, new Style(Words.Colour(phase)));
        head.Append($"  {Words.Of(progress["id"])}  frontier {Words.Time(progress["frontierAt"])}  {((bool?)progress["caughtUp"] == true ? "caught up" : $"lag {Words.Lag(progress["lagMs"])}")}");
        if (progress["rates"] is { } rates)
        {
            head.Append($"  {Words.Count(rates["rowsPerSecond"])} rows/s, {Words.Count(rates["messagesPerSecond"])} messages/s");
        }

        if (progress["etaSeconds"] is { } eta && Words.Of(eta) is not "0")
        {
            head.Append($"  caught up in about {Words.Of(eta)} s");
        }

        List<IRenderable> parts = [head];
        if (Words.Of(progress["reason"]) is { Length: > 0 } reason)
        {
            parts.Add(new Text(reason));
        }

        Tables channels = new("", "channel", "in use", "read to", "acknowledged to", "position", ">messages");
        foreach (JsonNode? channel in progress["channels"]!.AsArray())
        {
            channels.Row(
                Words.Of(channel!["name"]), (bool?)channel["inUse"] == true ? "yes" : "", Clock(channel["readMs"]), Clock(channel["acknowledgedMs"]), Words.Of(channel["position"]), Words.Count(channel["messages"]));
        }

        if (channels.Raw.Rows.Count > 0)
        {
            parts.Add(channels.Raw);
        }

        return new Rows(parts);
    }

    private static string Clock(JsonNode? ms) => (long?)ms is > 0 and var time ? DateTimeOffset.FromUnixTimeMilliseconds(time).UtcDateTime.ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture) : "";
}
