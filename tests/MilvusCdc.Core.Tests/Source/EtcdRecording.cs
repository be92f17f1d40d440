using System.IO.Compression;
using System.Text.Json;
using MilvusCdc.Core.Source.Catalog;

namespace MilvusCdc.Core.Tests.Source;

/// <summary>What etcd held, and what its watch told, in one recorded session.</summary>
internal sealed class EtcdRecording
{
    private readonly string _folder;

    private EtcdRecording(string folder, string rootPath)
    {
        _folder = folder;
        Options = new CatalogOptions { RootPath = rootPath };
    }

    internal static EtcdRecording Session { get; } = new("kafka-2.3.5", "s1");

    internal static EtcdRecording Restart { get; } = new("kafka-2.3.5-restart", "r1");

    internal CatalogOptions Options { get; }

    internal List<(CatalogKeyChange Change, long Revision)> Before => Read("etcd-before");

    internal List<(CatalogKeyChange Change, long Revision)> Watch => Read("etcd-watch");

    internal List<(CatalogKeyChange Change, long Revision)> After => Read("etcd-after");

    /// <summary>The watch's events by revision, in order.</summary>
    internal IEnumerable<(long Revision, List<CatalogKeyChange> Changes)> WatchedRevisions =>
        Watch.GroupBy(one => one.Revision).OrderBy(group => group.Key).Select(group => (group.Key, group.Select(one => one.Change).ToList()));

    /// <summary>The history from the listing before the session and every watch event, one at a time.</summary>
    internal CatalogHistory Watched()
    {
        CatalogHistory history = CatalogHistory.Empty(Options).Merge([.. Before.Select(one => one.Change)], 1);
        foreach ((long revision, List<CatalogKeyChange> changes) in WatchedRevisions)
        {
            history = history.Apply(changes, revision);
        }

        return history;
    }

    /// <summary>The history from the listing after the session alone.</summary>
    internal CatalogHistory Listed() => CatalogHistory.Empty(Options).Merge([.. After.Select(one => one.Change)], After.Max(one => one.Revision));

    private List<(CatalogKeyChange, long)> Read(string file)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MilvusCdc.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("MilvusCdc.sln is in no folder above the tests");
        }

        using var gzip = new GZipStream(File.OpenRead(Path.Combine(root, "recordings", _folder, file + ".jsonl.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(gzip);
        List<(CatalogKeyChange, long)> read = [];
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            JsonElement one = json.RootElement;
            bool deleted = one.TryGetProperty("type", out JsonElement type) && type.GetString() == "DELETE";
            ReadOnlyMemory<byte>? value = deleted ? null : one.TryGetProperty("value", out JsonElement bytes) ? bytes.GetBytesFromBase64() : ReadOnlyMemory<byte>.Empty;
            long revision = long.Parse(one.GetProperty("mod").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            read.Add((new(one.GetProperty("key").GetString()!, value, revision), revision));
        }

        return read;
    }
}
