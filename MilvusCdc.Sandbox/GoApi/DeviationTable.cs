using System.Globalization;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>
/// The answers that are meant to be different, with the reason, read from docs/compatibility.md: every table row there whose first cell holds nothing but case numbers
/// (<c>926, 1685–1687</c>). So the page that people read and what is compared are one.
/// </summary>
public sealed class DeviationTable
{
    private readonly Dictionary<int, string> _reasons = [];

    /// <summary>All numbers.</summary>
    public IReadOnlyDictionary<int, string> Reasons => _reasons;

    /// <summary>Reads a page. Throws <see cref="RecordingException"/> when it is not there or names a case twice.</summary>
    public static DeviationTable Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new RecordingException($"'{path}' is missing: name the page that lists the deliberate differences with --deviations.");
        }

        DeviationTable table = new();
        foreach (string line in File.ReadLines(path))
        {
            if (line.Split('|') is ["", var cases, var reason, ..] && Numbers(cases) is { } numbers)
            {
                foreach (int number in numbers)
                {
                    if (!table._reasons.TryAdd(number, reason.Trim()))
                    {
                        throw new RecordingException($"'{path}' lists case {number} twice.");
                    }
                }
            }
        }

        return table;
    }

    private static List<int>? Numbers(string cell)
    {
        List<int> numbers = [];
        foreach (string part in cell.Split(',', StringSplitOptions.TrimEntries))
        {
            int[] ends = [.. part.Split('–').Select(static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
            if (ends.Length > 2 || ends.Contains(-1))
            {
                return null;
            }

            numbers.AddRange(Enumerable.Range(ends[0], ends[^1] - ends[0] + 1));
        }

        return numbers;
    }
}
