using System.IO.Compression;
using System.Text.Json;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Protocol.Tests.Messages;

/// <summary>The values of all recorded topics.</summary>
internal static class RecordedMessages
{
    private static readonly Lazy<List<byte[]>> _all = new(Read);

    public static IReadOnlyList<byte[]> All => _all.Value;

    public static IReadOnlyList<byte[]> WithoutTicks { get; } = All.Where(value => Envelope.Scan(value).Type != MsgType.TimeTick).ToList();

    private static List<byte[]> Read()
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "MilvusCdc.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException($"MilvusCdc.sln is not above {AppContext.BaseDirectory}.");
        }

        List<byte[]> values = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root.FullName, "recordings"), "*.jsonl.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(Path.GetDirectoryName(file)) != "topics")
            {
                continue;
            }

            using StreamReader lines = new(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (lines.ReadLine() is { } line)
            {
                using JsonDocument record = JsonDocument.Parse(line);
                values.Add(record.RootElement.GetProperty("value").GetBytesFromBase64());
            }
        }

        return values;
    }
}
