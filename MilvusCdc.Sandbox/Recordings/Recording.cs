using System.Text.Json.Serialization;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Sandbox.Comparison;

namespace MilvusCdc.Sandbox.Recordings;

/// <summary>
/// A recorded session of a real source Milvus: its etcd before, during and after, every record of every topic, and the rows that it held at the end
/// (<c>recordings/README.md</c> describes the files). Files are read as they are asked for; nothing is kept. Every method may throw <see cref="RecordingException"/>.
/// </summary>
public sealed class Recording
{
    private const string MessageSuffix = ".jsonl.gz";
    private const string RowsFile = "source-rows.json.gz";

    private readonly Dictionary<string, string> _topics;

    private Recording(string folder, string rootPath, Dictionary<string, string> topics)
    {
        Folder = folder;
        RootPath = rootPath;
        _topics = topics;
        Topics = [.. topics.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>The source's <c>etcd.rootPath</c>, which also begins its channel names; for example <c>by-dev</c>.</summary>
    public string RootPath { get; }

    /// <summary>The source's <c>etcd.metaSubPath</c>.</summary>
    public string MetaSubPath => "meta";

    /// <summary>The channel with the operations (index, load, flush, database); it may have no topic.</summary>
    public string ReplicateChannel => RootPath + "-replicate-msg";

    /// <summary>What kind of log it is.</summary>
    public RecordedLog Log { get; private init; }

    /// <summary>All recorded topics by name.</summary>
    public IReadOnlyList<string> Topics { get; }

    /// <summary>Looks at the folder and takes the names from its data. Throws <see cref="RecordingException"/> when it is no recording.</summary>
    public static Recording Open(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full))
        {
            throw new RecordingException($"There is no folder {full}.");
        }

        foreach (string name in (string[])["etcd-before.jsonl.gz", "etcd-watch.jsonl.gz", "etcd-after.jsonl.gz"])
        {
            Need(full, name);
        }

        string topicFolder = Path.Combine(full, "topics");
        Dictionary<string, string> topics = Directory.Exists(topicFolder)
            ? Directory.EnumerateFiles(topicFolder, "*" + MessageSuffix).ToDictionary(path => Path.GetFileName(path)[..^MessageSuffix.Length], StringComparer.Ordinal)
            : [];
        if (topics.Count == 0)
        {
            throw new RecordingException($"{full} is no recording: topics/*{MessageSuffix} is missing.");
        }

        // Told apart by what a record says of its place: Kafka an offset, Pulsar ledger and entry.
        RecordedLog log = topics.Values.SelectMany(path => RecordingFile.Lines<MessageLine>(path).Take(1)).FirstOrDefault() is { Ledger: not null } ? RecordedLog.Pulsar : RecordedLog.Kafka;
        if (log == RecordedLog.Kafka)
        {
            Need(full, RowsFile);
        }

        string after = Path.Combine(full, "etcd-after.jsonl.gz");
        EntryLine first = RecordingFile.Lines<EntryLine>(after).FirstOrDefault() ?? throw new RecordingException($"{after} holds no keys, so the source's root path is unknown.");
        int end = first.Key?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return end > 0
            ? new Recording(full, first.Key![..end], topics) { Log = log }
            : throw new RecordingException($"{after} line 1: the key '{first.Key}' has no root path.");
    }

    /// <summary>The source's etcd when the session began.</summary>
    public IEnumerable<EtcdEntry> EtcdBefore() => Entries("etcd-before.jsonl.gz");

    /// <summary>The source's etcd when the session ended.</summary>
    public IEnumerable<EtcdEntry> EtcdAfter() => Entries("etcd-after.jsonl.gz");

    /// <summary>Every change of the source's etcd during the session, in order.</summary>
    public IEnumerable<EtcdChange> EtcdChanges()
    {
        string path = Path.Combine(Folder, "etcd-watch.jsonl.gz");
        foreach (ChangeLine line in RecordingFile.Lines<ChangeLine>(path))
        {
            if (line is not { Key: { Length: > 0 } key, Type: "PUT" or "DELETE" })
            {
                throw new RecordingException($"{path}: the change at revision {line.Mod} has no key, or its type is neither PUT nor DELETE.");
            }

            yield return new EtcdChange(key, line.Type == "DELETE" ? null : RecordingFile.Bytes(line.Value, path, key), line.Mod);
        }
    }

    /// <summary>Every record of one topic, in the order of the file. A damaged recording may lack one or hold one twice: offsets are what was recorded, not what a replay gives.</summary>
    public IEnumerable<RecordedMessage> Messages(string topic)
    {
        string path = _topics.TryGetValue(topic, out string? found) ? found : throw new RecordingException($"{Folder} has no topic {topic}.");
        long number = 0;
        foreach (MessageLine line in RecordingFile.Lines<MessageLine>(path))
        {
            yield return Log == RecordedLog.Pulsar ? PulsarMessage(topic, line, number, path) : KafkaMessage(topic, line, path);
            number++;
        }
    }

    /// <summary>How many records and etcd changes the session has.</summary>
    public long CountMessages() => _topics.Values.Sum(RecordingFile.Count);

    /// <summary>What the source held at the end, by <c>database/collection</c>: read back from it with strong consistency, or computed from its log.</summary>
    public IReadOnlyDictionary<string, CollectionRows> SourceRows() => SourceTruth.ReadRows(Path.Combine(Folder, RowsFile));

    /// <summary>Whether it was recorded what the source held at the end. Where not, what its topics say is the truth.</summary>
    public bool HasSourceRows => File.Exists(Path.Combine(Folder, RowsFile));

    /// <summary>Partitions, indexes, aliases and load states at the end by <c>database/collection</c>, or null when they were not recorded.</summary>
    public IReadOnlyDictionary<string, CollectionStructure>? SourceState()
    {
        string path = Path.Combine(Folder, "source-state.json");
        return File.Exists(path) ? SourceTruth.ReadStructures(path) : null;
    }

    private static RecordedMessage KafkaMessage(string topic, MessageLine line, string path) =>
        new(topic, line.Offset, line.Timestamp, line.Headers is { Count: > 0 } headers ? [.. headers] : [], RecordingFile.Bytes(line.Value, path, $"offset {line.Offset}"));

    private static RecordedMessage PulsarMessage(string topic, MessageLine line, long number, string path)
    {
        string at = $"entry {line.Ledger}:{line.Entry}";
        return new RecordedMessage(topic, number, line.PublishTimestamp, line.Properties is { Count: > 0 } properties ? [.. properties] : [], RecordingFile.Bytes(line.Value, path, at))
        {
            Place = new LogPosition(line.Ledger ?? throw new RecordingException($"{path}: record {number} has no ledger."), line.Entry),
            Entry = line.Raw is null ? null : RecordingFile.Bytes(line.Raw, path, at),
        };
    }

    private static void Need(string folder, string name)
    {
        if (!File.Exists(Path.Combine(folder, name)))
        {
            throw new RecordingException($"{folder} is no recording: the file {name} is missing.");
        }
    }

    private IEnumerable<EtcdEntry> Entries(string file)
    {
        string path = Path.Combine(Folder, file);
        foreach (EntryLine line in RecordingFile.Lines<EntryLine>(path))
        {
            string key = line.Key is { Length: > 0 } found ? found : throw new RecordingException($"{path}: the entry of revision {line.Mod} has no key.");
            yield return new EtcdEntry(key, RecordingFile.Bytes(line.Value, path, key), line.Mod);
        }
    }

    private sealed record EntryLine(string? Key, string? Value, long Mod);

    private sealed record ChangeLine(string? Type, string? Key, string? Value, long Mod);

    private sealed record MessageLine(
        long Offset, long Timestamp, string? Value, Dictionary<string, string>? Headers,
        long? Ledger, long Entry, [property: JsonPropertyName("publish_timestamp")] long PublishTimestamp, Dictionary<string, string>? Properties, string? Raw);
}
