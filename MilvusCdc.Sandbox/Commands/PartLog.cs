using Spectre.Console;

namespace MilvusCdc.Sandbox.Commands;

/// <summary>Log lines of the parts, each part in its colour.</summary>
internal static class PartLog
{
    private static readonly Dictionary<string, string> Colours = new(StringComparer.Ordinal) { ["etcd"] = "grey", ["broker"] = "yellow", ["source"] = "blue", ["target"] = "green", ["server"] = "fuchsia" };

    /// <summary>Shows one line of the form <c>[part] line</c>.</summary>
    public static void Write(IAnsiConsole console, string line)
    {
        int end = line.IndexOf(']', StringComparison.Ordinal);
        if (line.StartsWith('[') && end > 0 && Colours.TryGetValue(line[1..end], out string? colour))
        {
            console.MarkupLine($"[{colour}]{Markup.Escape(line[1..end]),-6}[/]{Markup.Escape(line[(end + 1)..])}");
        }
        else
        {
            console.WriteLine(line);
        }
    }
}
