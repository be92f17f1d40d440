using System.IO.Compression;
using System.Text;
using System.Text.Json;
using MilvusCdc.Sandbox.Kafka;

namespace MilvusCdc.Sandbox.Tests.Kafka;

/// <summary>The topics of a recorded Milvus, as they lay in its Kafka.</summary>
internal static class RecordedTopics
{
    public static IEnumerable<(string Topic, List<KafkaRecord> Records)> Load(string recording)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "MilvusCdc.sln")))
        {
            root = root.Parent;
        }

        foreach (string path in Directory.EnumerateFiles(Path.Combine(root!.FullName, "recordings", recording, "topics"), "*.jsonl.gz").Order())
        {
            yield return (Path.GetFileName(path)[..^".jsonl.gz".Length], Read(path));
        }
    }

    private static List<KafkaRecord> Read(string path)
    {
        using StreamReader lines = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        List<KafkaRecord> records = [];
        while (lines.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement record = document.RootElement;
            Assert.Equal(records.Count, record.GetProperty("offset").GetInt64());
            KeyValuePair<string, byte[]>[] headers = [.. record.GetProperty("headers").EnumerateObject().Select(h => KeyValuePair.Create(h.Name, Encoding.UTF8.GetBytes(h.Value.GetString()!)))];
            records.Add(new KafkaRecord(record.GetProperty("value").GetBytesFromBase64(), headers, record.GetProperty("timestamp").GetInt64()));
        }

        return records;
    }
}
