using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MilvusCdc.Sandbox.Comparison;

/// <summary>
/// Field values as texts that are equal exactly when the values are: JSON without blanks and with sorted names; a float32 widened to double; a whole number
/// without a fraction (so 1 and 1.0 are equal); bytes as <c>{"bytes":"base64"}</c>.
/// </summary>
public static class CanonicalValue
{
    /// <summary>The largest whole number up to which every double is exact.</summary>
    private const double ExactWhole = 9007199254740992;

    /// <summary>A value of a JSON document.</summary>
    public static string Of(JsonElement element)
    {
        StringBuilder text = new();
        Write(text, element);
        return text.ToString();
    }

    /// <summary>A JSON value in UTF-8. Throws <see cref="JsonException"/> when it is none.</summary>
    public static string OfJson(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return Of(document.RootElement);
    }

    /// <summary>A text.</summary>
    public static string Of(string text) => JsonSerializer.Serialize(text);

    /// <summary>A truth value.</summary>
    public static string Of(bool value) => value ? "true" : "false";

    /// <summary>A whole number.</summary>
    public static string Of(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A float or a double.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return Of(value.ToString(CultureInfo.InvariantCulture));
        }

        return value == Math.Truncate(value) && Math.Abs(value) <= ExactWhole ? Of((long)value) : value.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>Bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => $"{{\"bytes\":\"{Convert.ToBase64String(bytes)}\"}}";

    /// <summary>An array of values that are canonical already.</summary>
    public static string OfList(IEnumerable<string> values) => "[" + string.Join(',', values) + "]";

    private static void Write(StringBuilder text, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when IsBytes(element, out string? base64):
                text.Append(Of(Convert.FromBase64String(base64!)));
                break;
            case JsonValueKind.Object:
                text.Append('{').AppendJoin(',', element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal)
                    .Select(property => Of(property.Name) + ":" + Of(property.Value))).Append('}');
                break;
            case JsonValueKind.Array:
                text.Append(OfList(element.EnumerateArray().Select(Of)));
                break;
            case JsonValueKind.String:
                text.Append(Of(element.GetString()!));
                break;
            case JsonValueKind.Number:
                text.Append(element.TryGetInt64(out long whole) ? Of(whole) : Of(element.GetDouble()));
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static bool IsBytes(JsonElement element, out string? base64)
    {
        base64 = null;
        if (element.EnumerateObject().Count() == 1 && element.TryGetProperty("bytes", out JsonElement bytes) && bytes.ValueKind == JsonValueKind.String)
        {
            base64 = bytes.GetString();
        }

        return base64 is not null && Convert.TryFromBase64String(base64, new byte[base64.Length], out _);
    }
}
