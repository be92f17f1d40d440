using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MilvusCdc.Sandbox.Processes;

/// <summary>What the server says about a task.</summary>
/// <param name="Intent">What people want of it: Run, Pause or Delete.</param>
/// <param name="State">Initial, Running or Paused.</param>
/// <param name="Phase">Starting, Streaming, Retrying, GapDetected, Blocked, Draining, Paused or Failed.</param>
/// <param name="Reason">What holds it up, or null.</param>
/// <param name="Frontier">Everything of the source up to this Milvus timestamp is on the target.</param>
/// <param name="Head">The newest source tick that the server knows.</param>
/// <param name="LagMs">How far the target is behind, in milliseconds; null: not known.</param>
/// <param name="CaughtUp">Whether everything that the source had at the last look is on the target.</param>
public sealed record TaskReport(string Intent, string State, string Phase, string? Reason, ulong Frontier, ulong Head, long? LagMs, bool CaughtUp)
{
    /// <summary>Whether the task stands still until a person does something.</summary>
    public bool NeedsAPerson => Phase is "Blocked" or "Failed" or "GapDetected";
}

/// <summary>The calls of the server's API that the sandbox makes. Throws <see cref="SandboxException"/> when the server is away or refuses.</summary>
public sealed class TaskApi(Uri server) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Creates a task that replicates everything from the beginning, through the compatible API, with these members of <c>extra_info</c>; returns its id.</summary>
    public Task<string> CreateAsync(Uri target, IReadOnlyDictionary<string, string> extra, CancellationToken cancellation) => CreateAsync(target, "*", "*", extra, cancellation);

    /// <summary>The same without more.</summary>
    public Task<string> CreateAsync(Uri target, CancellationToken cancellation) => CreateAsync(target, "*", "*", cancellation);

    /// <summary>Creates a task that replicates one collection of one database (<c>*</c>: all) from the beginning; returns its id.</summary>
    public Task<string> CreateAsync(Uri target, string database, string collection, CancellationToken cancellation) =>
        CreateAsync(target, database, collection, new Dictionary<string, string>(), cancellation);

    private async Task<string> CreateAsync(Uri target, string database, string collection, IReadOnlyDictionary<string, string> extra, CancellationToken cancellation)
    {
        JsonObject request = new()
        {
            ["request_type"] = "create",
            ["request_data"] = new JsonObject
            {
                ["milvus_connect_param"] = new JsonObject { ["uri"] = target.GetLeftPart(UriPartial.Authority), ["connect_timeout"] = 10 },
                ["extra_info"] = new JsonObject(extra.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["db_collections"] = new JsonObject { [database] = new JsonArray(new JsonObject { ["name"] = collection, ["use_start_position"] = true }) },
            },
        };
        JsonElement answer = await CallAsync("POST /cdc", () => _client.PostAsJsonAsync("/cdc", request, cancellation), cancellation);
        return answer.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("task_id", out JsonElement id)
            ? id.GetString()!
            : throw new SandboxException($"POST /cdc did not create the task: {(answer.TryGetProperty("message", out JsonElement message) ? message.GetString() : answer.GetRawText())}");
    }

    /// <summary>Asks for a pause; the task drains to a cut then.</summary>
    public Task PauseAsync(string id, CancellationToken cancellation) => RequestAsync("pause", id, cancellation);

    /// <summary>Asks for the task to go on.</summary>
    public Task ResumeAsync(string id, CancellationToken cancellation) => RequestAsync("resume", id, cancellation);

    /// <summary>Asks for the task to be forgotten.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellation) => RequestAsync("delete", id, cancellation);

    /// <summary>How the task is.</summary>
    public async Task<TaskReport> GetAsync(string id, CancellationToken cancellation)
    {
        JsonElement task = await CallAsync($"GET /api/v1/tasks/{id}", () => _client.GetAsync(new Uri($"/api/v1/tasks/{Uri.EscapeDataString(id)}", UriKind.Relative), cancellation), cancellation);
        return new TaskReport(
            Text(task, "intent") ?? "", Text(task, "state") ?? "", Text(task, "phase") ?? "", Text(task, "reason"), (ulong)Number(task, "frontier").GetValueOrDefault(), (ulong)Number(task, "head").GetValueOrDefault(),
            (long?)Number(task, "lagMs"), task.TryGetProperty("caughtUp", out JsonElement caughtUp) && caughtUp.ValueKind == JsonValueKind.True);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task RequestAsync(string type, string id, CancellationToken cancellation)
    {
        JsonObject request = new() { ["request_type"] = type, ["request_data"] = new JsonObject { ["task_id"] = id } };
        JsonElement answer = await CallAsync("POST /cdc", () => _client.PostAsJsonAsync("/cdc", request, cancellation), cancellation);
        if (!answer.TryGetProperty("code", out JsonElement code) || code.GetInt32() != 200)
        {
            throw new SandboxException($"POST /cdc did not {type} the task: {(answer.TryGetProperty("message", out JsonElement message) ? message.GetString() : answer.GetRawText())}");
        }
    }

    private static async Task<JsonElement> CallAsync(string what, Func<Task<HttpResponseMessage>> call, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await call();
            string body = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<JsonElement>(body)
                : throw new SandboxException($"{what} was answered with {(int)response.StatusCode}: {body}");
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new SandboxException($"{what} failed: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    private static string? Text(JsonElement task, string name)
    {
        string? text = task.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return name == "reason" || string.IsNullOrEmpty(text) ? text : char.ToUpperInvariant(text[0]) + text[1..];
    }

    // Milvus timestamps exceed what JSON readers keep exactly, so the API writes them as texts.
    private static decimal? Number(JsonElement task, string name) =>
        task.TryGetProperty(name, out JsonElement value) && decimal.TryParse(value.ToString(), NumberStyles.Any, CultureInfo.InvariantCulture, out decimal number) ? number : null;
}
