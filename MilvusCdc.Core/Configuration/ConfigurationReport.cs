using System.Text;

namespace MilvusCdc.Core.Configuration;

/// <summary>What the configuration comes to.</summary>
/// <param name="Rows">Every setting, with the value that is used.</param>
/// <param name="Mistakes">One sentence each; empty: it can be used.</param>
/// <param name="Warnings">What has no effect, or another one than it had: one sentence each.</param>
/// <param name="GoFiles">Configuration files of the Go tool that were read.</param>
public sealed record ConfigurationReport(IReadOnlyList<OptionRow> Rows, IReadOnlyList<string> Mistakes, IReadOnlyList<string> Warnings, IReadOnlyList<string> GoFiles)
{
    /// <summary>For a person: every setting with its value and who stated it, then warnings and mistakes. Holds no secret.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        int width = Rows.Max(static row => row.Key.Length);
        foreach (OptionRow row in Rows)
        {
            string value = row.Value.Length > 0 ? row.Value : "-";
            text.AppendLine($"{CdcOptions.Section}:{row.Key.PadRight(width)}  {value}{(row.Origin is { Length: > 0 } origin ? $"   <- {origin}" : "")}");
        }

        Append(text, "warning", Warnings);
        Append(text, "mistake", Mistakes);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string kind, IReadOnlyList<string> sentences)
    {
        if (sentences.Count > 0)
        {
            text.AppendLine().AppendLine($"{sentences.Count} {kind}{(sentences.Count == 1 ? "" : "s")}:");
            foreach (string sentence in sentences)
            {
                text.AppendLine($"  {sentence}");
            }
        }
    }
}
