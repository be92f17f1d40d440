using System.IO.Compression;
using System.Text.Json;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>One call of an SDK to a real server: recordings/sdk-2.3.5.</summary>
internal sealed record RecordedSdkCall(string Method, IReadOnlyDictionary<string, string> Metadata, byte[] Request, byte[] Response)
{
    /// <summary>All calls of a file, in order.</summary>
    public static IReadOnlyList<RecordedSdkCall> Read(string file)
    {
        string path = Path.Combine(Repository.Root, "recordings", "sdk-2.3.5", file);
        using StreamReader lines = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        List<RecordedSdkCall> calls = [];
        while (lines.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement call = document.RootElement;
            string method = call.GetProperty("method").GetString()!;
            calls.Add(new RecordedSdkCall(
                method[(method.LastIndexOf('/') + 1)..],
                call.GetProperty("metadata").EnumerateArray().ToDictionary(one => one[0].GetString()!, one => one[1].GetString()!, StringComparer.Ordinal),
                Convert.FromBase64String(call.GetProperty("request").GetString() ?? ""),
                Convert.FromBase64String(call.GetProperty("response").GetString() ?? "")));
        }

        return calls;
    }
}
