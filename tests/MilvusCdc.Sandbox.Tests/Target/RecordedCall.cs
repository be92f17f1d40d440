using System.IO.Compression;
using System.Text.Json;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>One line of recordings/target-2.3.5/calls.jsonl.gz.</summary>
internal sealed record RecordedCall(
    string Case, string Server, string Method, Dictionary<string, string> Metadata, byte[]? Request, string GrpcCode, int? Code, string? ErrorCode,
    string Reason, double Seconds, JsonElement? Rows)
{
    public string Group => Case.Split('.')[0];

    public static IReadOnlyList<RecordedCall> All()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "MilvusCdc.sln")))
        {
            at = at.Parent;
        }

        using StreamReader lines = new(new GZipStream(
            File.OpenRead(Path.Combine(at!.FullName, "recordings/target-2.3.5/calls.jsonl.gz")), CompressionMode.Decompress));
        List<RecordedCall> calls = [];
        while (lines.ReadLine() is { } line)
        {
            calls.Add(Of(JsonDocument.Parse(line).RootElement));
        }

        return calls;
    }

    private static RecordedCall Of(JsonElement line)
    {
        string request = Text(line, "request") ?? "";
        string method = Text(line, "method") ?? "";
        return new RecordedCall(
            Text(line, "case")!,
            Text(line, "server")!,
            method[(method.LastIndexOf('/') + 1)..],
            line.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
                ? metadata.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!) : [],
            request.StartsWith('(') ? null : Convert.FromBase64String(request),
            Text(line, "grpc_code") ?? "",
            line.TryGetProperty("status_code", out JsonElement code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : null,
            Text(line, "error_code"),
            Text(line, "reason") ?? "",
            line.TryGetProperty("seconds", out JsonElement seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : 0,
            line.TryGetProperty("rows", out JsonElement rows) && rows.ValueKind == JsonValueKind.Object ? rows : null);
    }

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
