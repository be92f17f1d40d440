using System.Text.Json.Nodes;

namespace MilvusCdc.Api.Compatible;

/// <summary>
/// Reads typed values out of <c>request_data</c> by the Go tool's rules: a key fits exactly or else by letters of any case, unknown keys are ignored, null is the zero value,
/// nothing is converted between text, number and bool, numbers are cut to whole ones. All mismatches are collected.
/// </summary>
internal sealed class RequestDecoder
{
    private readonly List<string> _mismatches = [];

    /// <summary>All mismatches in one text, sorted; null: none.</summary>
    public string? Mismatch => _mismatches.Count == 0
        ? null
        : $"{_mismatches.Count} error(s) decoding:\n\n{string.Join('\n', _mismatches.Order(StringComparer.Ordinal).Select(static mismatch => $"* {mismatch}"))}";

    /// <summary>A field of an object, for the readers below.</summary>
    /// <param name="Name">As messages call it: <c>milvus_connect_param.uri</c>.</param>
    /// <param name="Value">Null: missing or null.</param>
    public readonly record struct Field(string Name, JsonNode? Value);

    public static Field Of(JsonObject? from, string key, string within = "")
    {
        string name = within.Length == 0 ? key : $"{within}.{key}";
        return from is null ? new Field(name, null) : new Field(name, Find(from, key));
    }

    public string Text(Field field)
    {
        if (field.Value is null)
        {
            return "";
        }

        if (field.Value is JsonValue value && value.TryGetValue(out string? text))
        {
            return text;
        }

        return Unconvertible(field, "string", "");
    }

    public bool Flag(Field field)
    {
        if (field.Value is null)
        {
            return false;
        }

        if (field.Value is JsonValue value && value.TryGetValue(out bool flag))
        {
            return flag;
        }

        return Unconvertible(field, "bool", false);
    }

    public long Number(Field field)
    {
        if (field.Value is null)
        {
            return 0;
        }

        if (field.Value is JsonValue value && GoText.TypeOf(value) is "float64")
        {
            // Out of range, Go's conversion gives the smallest number on amd64.
            double number = value.GetValue<double>();
            return number is >= -9223372036854775808.0 and < 9223372036854775808.0 ? (long)number : long.MinValue;
        }

        return Unconvertible(field, "int", 0L);
    }

    /// <summary>An object; null: missing, null or no object.</summary>
    public JsonObject? Map(Field field)
    {
        if (field.Value is JsonObject map)
        {
            return map;
        }

        if (field.Value is not null)
        {
            _mismatches.Add($"'{field.Name}' expected a map, got '{GoText.KindOf(field.Value)}'");
        }

        return null;
    }

    /// <summary>A list's elements; null: missing, null or no list.</summary>
    public IReadOnlyList<Field>? List(Field field)
    {
        if (field.Value is JsonArray list)
        {
            return [.. list.Select((element, index) => new Field($"{field.Name}[{index}]", element))];
        }

        if (field.Value is not null)
        {
            _mismatches.Add($"'{field.Name}': source data must be an array or slice, got {GoText.KindOf(field.Value)}");
        }

        return null;
    }

    /// <summary>An object whose keys are data, with their values by <paramref name="read"/>; null: missing, null or no object.</summary>
    public SortedDictionary<string, T>? Entries<T>(Field field, Func<Field, T> read)
    {
        if (Map(field) is not { } map)
        {
            return null;
        }

        SortedDictionary<string, T> entries = new(StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in map)
        {
            entries[key] = read(new Field($"{field.Name}[{key}]", value));
        }

        return entries;
    }

    private T Unconvertible<T>(Field field, string wanted, T zero)
    {
        _mismatches.Add($"'{field.Name}' expected type '{wanted}', got unconvertible type '{GoText.TypeOf(field.Value)}', value: '{GoText.Value(field.Value)}'");
        return zero;
    }

    private static JsonNode? Find(JsonObject from, string key)
    {
        if (from.TryGetPropertyValue(key, out JsonNode? exact))
        {
            return exact;
        }

        foreach ((string name, JsonNode? value) in from)
        {
            if (string.Equals(name, key, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }
}
