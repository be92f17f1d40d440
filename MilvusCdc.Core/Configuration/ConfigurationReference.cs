using System.Text;
using Microsoft.Extensions.Configuration;

namespace MilvusCdc.Core.Configuration;

/// <summary>Writes the reference of all settings, from what <see cref="CdcOptionsReader"/> asks for. docs/configuration.md holds it; a test compares.</summary>
public static class ConfigurationReference
{
    /// <summary>A Markdown table, one row a setting.</summary>
    /// <param name="nothingStated">A configuration without any value.</param>
    public static string ToMarkdown(IConfiguration nothingStated)
    {
        StringBuilder text = new("| key in `Cdc` | allowed | default | |\n|---|---|---|---|\n");
        foreach (OptionRow row in CdcOptionsReader.Describe(nothingStated).Rows)
        {
            text.Append($"| `{row.Key}` | {row.Allowed} | {row.Standard} | {row.About} |\n");
        }

        return text.ToString();
    }
}
