using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.GoApi;

/// <summary>A server that runs already. It is emptied by deleting its tasks; it cannot be restarted or configured otherwise from here, so cases that need that are left out.</summary>
public sealed class GivenServer(Uri address) : ICaseServer, IDisposable
{
    private static readonly TimeSpan EmptyPatience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };

    /// <inheritdoc/>
    public async Task<Uri?> FreshAsync(string profile, CancellationToken cancellation)
    {
        if (profile is "limit2")
        {
            return null;
        }

        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(EmptyPatience);
        try
        {
            while (await TasksAsync(patience.Token) is { Length: > 0 } ids)
            {
                foreach (string id in ids)
                {
                    await PostAsync(new JsonObject { ["request_type"] = "delete", ["request_data"] = new JsonObject { ["task_id"] = id, ["ignore_not_found"] = true } }, patience.Token);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SandboxException($"The tasks of {address} were not gone {EmptyPatience.TotalSeconds:0} s after they had been deleted.");
        }

        return address;
    }

    /// <inheritdoc/>
    public Task<Uri?> RestartAsync(CancellationToken cancellation) => Task.FromResult<Uri?>(null);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<string[]> TasksAsync(CancellationToken cancellation)
    {
        JsonElement answer = await PostAsync(new JsonObject { ["request_type"] = "list" }, cancellation);
        return answer.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("tasks", out JsonElement tasks)
            ? [.. tasks.EnumerateArray().Select(static task => task.GetProperty("task_id").GetString()!)]
            : throw new SandboxException($"{address} does not list its tasks: {answer.GetRawText()}");
    }

    private async Task<JsonElement> PostAsync(JsonObject request, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await _client.PostAsJsonAsync("/cdc", request, cancellation);
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException)
        {
            throw new SandboxException($"{new Uri(address, "/cdc")} does not answer as a CDC server: {fault.Message.TrimEnd('.')}.", fault);
        }
    }
}
