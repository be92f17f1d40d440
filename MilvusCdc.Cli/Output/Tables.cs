using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace MilvusCdc.Cli.Output;

/// <summary>A table of an answer. Nothing in it is taken for markup: names come from elsewhere.</summary>
internal sealed class Tables
{
    private readonly Table _table = new() { Border = TableBorder.Rounded };
    private readonly string _nothing;

    /// <param name="nothing">What is printed when there are no rows.</param>
    /// <param name="columns">Headings; one that begins with <c>&gt;</c> is of numbers.</param>
    public Tables(string nothing, params string[] columns)
    {
        _nothing = nothing;
        foreach (string column in columns)
        {
            bool number = column.StartsWith('>');
            _table.AddColumn(new TableColumn(new Text(column.TrimStart('>'), new Style(decoration: Decoration.Bold))) { Alignment = number ? Justify.Right : Justify.Left, NoWrap = number });
        }
    }

    /// <summary>Adds a row.</summary>
    public void Row(params string?[] cells) => Row(Color.Default, cells);

    /// <summary>Adds a row whose first cell is coloured.</summary>
    public void Row(Color colour, params string?[] cells) => _table.AddRow([.. cells.Select((cell, index) => new Text(cell ?? "", index == 0 ? new Style(colour) : null))]);

    public void Print(IAnsiConsole console)
    {
        if (_table.Rows.Count == 0)
        {
            console.WriteLine(_nothing);
        }
        else
        {
            console.Write(_table);
        }
    }

    /// <summary>The table itself, for a live display.</summary>
    public Table Raw => _table;
}

/// <summary>Values as people read them.</summary>
internal static class Words
{
    /// <summary>A text, or nothing.</summary>
    public static string Of(JsonNode? value) => value is null ? "" : value is JsonValue one && one.TryGetValue(out string? text) ? text : value.ToJsonString();

    /// <summary>A time to the second, in UTC.</summary>
    public static string Time(JsonNode? value) =>
        DateTimeOffset.TryParse(Of(value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    /// <summary>Milliseconds as a duration.</summary>
    public static string Lag(JsonNode? value)
    {
        if (value is null || !long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out long ms))
        {
            return "not known";
        }

        return ms < 10_000 ? string.Create(CultureInfo.InvariantCulture, $"{ms} ms")
            : ms < 600_000 ? string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:0.#} s")
            : string.Create(CultureInfo.InvariantCulture, $"{ms / 60_000.0:0.#} min");
    }

    /// <summary>A number with thousands apart.</summary>
    public static string Count(JsonNode? value) => value is not null && double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out double number) ? number.ToString("#,0.#", CultureInfo.InvariantCulture) : "";

    /// <summary>The colour of a phase or a severity.</summary>
    public static Color Colour(string word) => word switch
    {
        "Streaming" or "Ok" or "Done" or "running" => Color.Green,
        "Retrying" or "Warning" or "Draining" or "Starting" or "Refused" or "draining" => Color.Yellow,
        "Blocked" or "Failed" or "GapDetected" or "Error" or "away" => Color.Red,
        _ => Color.Default,
    };
}
