using System.Net.Http.Json;
using System.Text.Json;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Live;

/// <summary>Throws an etcd's history away, up to now: watchers that are behind must start over.</summary>
internal static class EtcdCompaction
{
    public static async Task<string> RunAsync(Uri etcd, CancellationToken cancellation)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = etcd, Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            // etcd's own JSON door; any key will do to learn the revision.
            JsonElement range = await CallAsync(http, "/v3/kv/range", new { key = "AA==" }, cancellation);
            string revision = range.GetProperty("header").GetProperty("revision").GetString()!;
            await CallAsync(http, "/v3/kv/compaction", new { revision, physical = true }, cancellation);
            return $"compacted up to revision {revision}";
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException or KeyNotFoundException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new SandboxException($"etcd on {etcd} did not compact: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    private static async Task<JsonElement> CallAsync(HttpClient http, string path, object body, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }
}
