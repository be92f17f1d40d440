using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>Values as Go's fmt and its JSON encoder write them: the texts that clients of the Go tool have seen.</summary>
internal static class GoText
{
    /// <summary>A JSON value in Go's <c>%v</c>: <c>[a 1]</c>, <c>map[k:v]</c>, <c>1e+06</c>, <c>&lt;nil&gt;</c>.</summary>
    public static string Value(JsonNode? value) => value switch
    {
        null => "<nil>",
        JsonArray list => $"[{string.Join(' ', list.Select(Value))}]",
        JsonObject map => $"map[{string.Join(' ', map.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}:{Value(pair.Value)}"))}]",
        JsonValue scalar when scalar.TryGetValue(out string? text) => text,
        JsonValue scalar when scalar.TryGetValue(out bool truth) => truth ? "true" : "false",
        JsonValue scalar => Float(scalar.GetValue<double>()),
        _ => "",
    };

    /// <summary>The name of the Go type a JSON value decodes to.</summary>
    public static string TypeOf(JsonNode? value) => value switch
    {
        JsonArray => "[]interface {}",
        JsonObject => "map[string]interface {}",
        JsonValue scalar when scalar.TryGetValue(out string? _) => "string",
        JsonValue scalar when scalar.TryGetValue(out bool _) => "bool",
        _ => "float64",
    };

    /// <summary>The kind of the Go type a JSON value decodes to.</summary>
    public static string KindOf(JsonNode? value) => value switch
    {
        JsonArray => "slice",
        JsonObject => "map",
        _ => TypeOf(value),
    };

    /// <summary>Shortest digits that give the number again; exponent form from 1e6 upward and below 1e-4, as Go's <c>%v</c> of a float64.</summary>
    public static string Float(double number)
    {
        if (number == 0)
        {
            return double.IsNegative(number) ? "-0" : "0";
        }

        string shortest = number.ToString("E16", CultureInfo.InvariantCulture);
        string round = number.ToString("R", CultureInfo.InvariantCulture);
        int exponent = int.Parse(shortest.AsSpan(shortest.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string digits = Digits(round);
        string sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 6)
        {
            string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        return digits.Length <= exponent + 1
            ? sign + digits.PadRight(exponent + 1, '0')
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    private static string Digits(string round)
    {
        StringBuilder digits = new();
        foreach (char letter in round)
        {
            if (letter is 'E')
            {
                break;
            }

            if (char.IsAsciiDigit(letter) && (letter != '0' || digits.Length > 0))
            {
                digits.Append(letter);
            }
        }

        string all = digits.ToString().TrimEnd('0');
        return all.Length == 0 ? "0" : all;
    }
}
