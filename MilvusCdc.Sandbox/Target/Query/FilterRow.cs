using System.Text.Json;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Values of one row by path: a column, a key in a JSON column, an element of an array, or a key of the dynamic field.</summary>
internal sealed class FilterRow(Collection collection, RowVersion row)
{
    public object? Read(FieldPath path)
    {
        if (Field(collection, path.Name) is { } field)
        {
            object? value = row.Batch.Column(field.FieldID) is { } column ? Columns.Value(column, row.Line) : null;
            return field.DataType == DataType.Json && value is string json ? Below(json, path.Steps) : Element(value, path.Steps);
        }

        return collection.Dynamic is { } dynamic && row.Batch.Column(dynamic.FieldID) is { } meta && Columns.Value(meta, row.Line) is string text
            ? Below(text, [path.Name, .. path.Steps])
            : null;
    }

    public static FieldSchema? Field(Collection collection, string name) => collection.Columns.FirstOrDefault(f => f.Name == name);

    private static object? Element(object? value, IReadOnlyList<object> steps) =>
        steps.Count == 0 ? value
        : value is IReadOnlyList<object?> list && steps[0] is long index && index >= 0 && index < list.Count ? list[(int)index]
        : null;

    private static object? Below(string json, IReadOnlyList<object> steps)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement at = document.RootElement;
        foreach (object step in steps)
        {
            if (step is string key && at.ValueKind == JsonValueKind.Object && at.TryGetProperty(key, out JsonElement inner))
            {
                at = inner;
            }
            else if (step is long index && at.ValueKind == JsonValueKind.Array && index >= 0 && index < at.GetArrayLength())
            {
                at = at[(int)index];
            }
            else
            {
                return null;
            }
        }

        return Plain(at);
    }

    private static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.Object => element.GetRawText(),
        _ => null,
    };
}
