using System.Globalization;

namespace MilvusCdc.Core.Configuration;

/// <summary>Times as people write them: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>, or <c>00:00:10</c>. A bare number is refused, since nobody knows its unit.</summary>
internal static class Durations
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    public static bool TryParse(string text, out TimeSpan time)
    {
        foreach ((string unit, double milliseconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count < 1e9)
            {
                time = TimeSpan.FromMilliseconds(count * milliseconds);
                return true;
            }
        }

        time = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time);
    }

    public static string Format(TimeSpan time)
    {
        (string unit, double milliseconds) = Units.Last(unit => time.TotalMilliseconds >= unit.Milliseconds || unit.Unit is "ms");
        return (time.TotalMilliseconds / milliseconds).ToString(CultureInfo.InvariantCulture) + " " + (unit is "m" ? "min" : unit);
    }
}
