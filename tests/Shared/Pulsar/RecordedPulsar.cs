using System.IO.Compression;
using System.Text.Json;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Tests.Shared;

/// <summary>One entry of a recorded topic: its place, its bytes, and what another client read out of it.</summary>
internal sealed record RecordedEntry(LogPosition At, byte[] Raw, byte[] Value, string? TraceParent, byte[] Id);

/// <summary>The topics of a recorded Milvus, as they lay in its Pulsar.</summary>
internal static class RecordedEntries
{
    public static Dictionary<string, List<RecordedEntry>> Load()
    {
        Dictionary<string, List<RecordedEntry>> topics = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "recordings", "pulsar-2.3.5", "topics"), "*.jsonl.gz").Order())
        {
            topics.Add(Path.GetFileName(path)[..^".jsonl.gz".Length], [.. RecordedSession.Lines(path).Select(Read)]);
        }

        return topics;
    }

    private static RecordedEntry Read(JsonElement line) => new(
        new LogPosition(line.GetProperty("ledger").GetInt64(), line.GetProperty("entry").GetInt64()),
        line.GetProperty("raw").GetBytesFromBase64(),
        line.GetProperty("value").GetBytesFromBase64(),
        line.GetProperty("properties").TryGetProperty("traceparent", out JsonElement trace) ? trace.GetString() : null,
        line.GetProperty("id").GetBytesFromBase64());
}

/// <summary>One frame of a recorded session.</summary>
internal sealed record RecordedFrame(int Connection, bool FromBroker, BaseCommand Command, byte[] Entry);

/// <summary>A recorded conversation between a client and a real broker, cut into frames in the order in which they were complete.</summary>
/// <param name="Frames">The frames.</param>
/// <param name="CutByBroker">Connections that the broker ended.</param>
internal sealed record RecordedSession(IReadOnlyList<RecordedFrame> Frames, IReadOnlySet<int> CutByBroker)
{
    public static RecordedSession Load(string name)
    {
        List<RecordedFrame> frames = [];
        Dictionary<(int, bool), MemoryStream> open = [];
        HashSet<int> ended = [], cut = [];
        foreach (JsonElement line in Lines(Path.Combine(Repository.Root, "recordings", "pulsar-2.3.5", "wire", $"{name}.jsonl.gz")))
        {
            if (!line.TryGetProperty("data", out JsonElement data))
            {
                if (line.GetProperty("event").GetString() is not "open" && ended.Add(line.GetProperty("conn").GetInt32()) && line.GetProperty("dir").GetString() == "s2c")
                {
                    cut.Add(line.GetProperty("conn").GetInt32());
                }

                continue;
            }

            (int Connection, bool FromBroker) side = (line.GetProperty("conn").GetInt32(), line.GetProperty("dir").GetString() == "s2c");
            byte[] bytes = [.. open.TryGetValue(side, out MemoryStream? before) ? before.ToArray() : [], .. data.GetBytesFromBase64()];
            int at = 0;
            while (bytes.Length - at >= 8 && bytes.Length - at >= 4 + Size(bytes, at) && Size(bytes, at) < 6 << 20)
            {
                int total = Size(bytes, at), size = Size(bytes, at + 4);
                frames.Add(new RecordedFrame(side.Connection, side.FromBroker, BaseCommand.Parser.ParseFrom(bytes, at + 8, size), bytes[(at + 8 + size)..(at + 4 + total)]));
                at += 4 + total;
            }

            MemoryStream rest = new();
            rest.Write(bytes, at, bytes.Length - at);
            open[side] = rest;
        }

        return new RecordedSession(frames, cut);
    }

    public static IEnumerable<JsonElement> Lines(string path)
    {
        using StreamReader lines = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            yield return JsonDocument.Parse(line).RootElement;
        }
    }

    private static int Size(byte[] bytes, int at) => (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
