using System.Text.Json;
using MilvusCdc.Sandbox.Comparison;

namespace MilvusCdc.Sandbox.Recordings;

/// <summary>Reads what a recorded source held at the end.</summary>
internal static class SourceTruth
{
    public static Dictionary<string, CollectionRows> ReadRows(string path)
    {
        using JsonDocument document = RecordingFile.Document(path);
        return Read(path, document, static (name, element) =>
        {
            List<Row> rows = [];
            foreach (JsonElement row in element.GetProperty("rows").EnumerateArray())
            {
                string? partition = null;
                SortedDictionary<string, string> fields = new(StringComparer.Ordinal);
                foreach (JsonProperty field in row.EnumerateObject())
                {
                    if (field.Name == "_partition")
                    {
                        partition = field.Value.GetString();
                    }
                    else
                    {
                        fields[field.Name] = CanonicalValue.Of(field.Value);
                    }
                }

                rows.Add(new Row(partition, fields));
            }

            return new CollectionRows(name, element.GetProperty("primary").GetString()!, rows, element.GetProperty("count").GetInt64());
        });
    }

    public static Dictionary<string, CollectionStructure> ReadStructures(string path)
    {
        using JsonDocument document = RecordingFile.Document(path);
        return Read(path, document, static (_, element) => new CollectionStructure(
            Strings(element.GetProperty("fields")),
            Strings(element.GetProperty("partitions")),
            [.. element.GetProperty("indexes").EnumerateArray().Select(index => new IndexName(index[0].GetString()!, index[1].GetString()!))],
            Strings(element.GetProperty("aliases")),
            element.GetProperty("load").GetString()!));
    }

    private static Dictionary<string, T> Read<T>(string path, JsonDocument document, Func<string, JsonElement, T> read)
    {
        Dictionary<string, T> result = new(StringComparer.Ordinal);
        string at = "its beginning";
        try
        {
            foreach (JsonProperty collection in document.RootElement.EnumerateObject())
            {
                at = collection.Name;
                result.Add(collection.Name, read(collection.Name, collection.Value));
            }
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new RecordingException($"{path} is damaged at {at}: {fault.Message.TrimEnd('.')}.", fault);
        }

        return result;
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetString()!)];
}
