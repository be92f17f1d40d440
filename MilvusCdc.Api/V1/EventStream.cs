using System.Globalization;
using System.Text.Json;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Api.V1;

/// <summary>Which events a client wants.</summary>
/// <param name="Task">Of this task only; null: of all.</param>
/// <param name="Types">Of these types only; empty: of all.</param>
internal sealed record EventFilter(string? Task, IReadOnlyList<string> Types);

/// <summary>An event that a client gets.</summary>
internal sealed record StreamedEvent(string Type, string? Task, JsonElement? Data);

/// <summary>Turns changes of the meta store into events. Limits how many streams are open at a time, since each has a watch of its own.</summary>
internal sealed class EventStream(EtcdClient etcd, MetaKeys keys, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Streams at a time.</summary>
    public const int MostStreams = 100;

    private int _open;

    /// <summary>All types but reset and hello.</summary>
    public static IReadOnlyList<string> Types { get; } = ["task", "status", "operation", "worker"];

    /// <summary>Null: too many are open.</summary>
    public EventSubscription? Subscribe()
    {
        if (Interlocked.Increment(ref _open) <= MostStreams)
        {
            return new EventSubscription(etcd, this, time, lifetime.ApplicationStopping);
        }

        Leave();
        return null;
    }

    public void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>The prefixes that are watched.</summary>
    public IReadOnlyList<string> Prefixes => [keys.Tasks, keys.Statuses, keys.Operations, keys.Workers, keys.Drains];

    /// <summary>What a change means; null: nothing to anybody.</summary>
    public StreamedEvent? Understand(EtcdEvent change)
    {
        string key = change.KeyValue.Key;
        bool gone = change.Kind is EtcdEventKind.Delete;
        try
        {
            if (Rest(key, keys.Tasks) is { } task)
            {
                return new StreamedEvent("task", task, gone ? Element(new { id = task, change = "deleted" }) : Task(change.KeyValue));
            }

            if (Rest(key, keys.Statuses) is { } status)
            {
                return gone ? null : new StreamedEvent("status", status, Parse(change.KeyValue.Value));
            }

            if (Rest(key, keys.Operations) is not null)
            {
                return gone ? null : Operation(Parse(change.KeyValue.Value));
            }

            return Rest(key, keys.Workers) is { } worker ? new StreamedEvent("worker", null, Element(new { name = worker, change = gone ? "gone" : "came" }))
                : Rest(key, keys.Drains) is { } drained ? new StreamedEvent("worker", null, Element(new { name = drained, change = gone ? "undrained" : "drained" }))
                : null;
        }
        catch (JsonException)
        {
            // What another version wrote is nothing to this one.
            return null;
        }
    }

    private static StreamedEvent Operation(JsonElement operation) =>
        new("operation", operation.TryGetProperty("task", out JsonElement task) ? task.GetString() : null, operation);

    private static JsonElement? Task(EtcdKeyValue stored)
    {
        // The record holds the target's token: only what is shown anyway goes out.
        TaskRecord? record = JsonSerializer.Deserialize<TaskRecord>(stored.Value.Span, TaskJson.Options);
        return record is null ? null : Element(new
        {
            id = record.Definition.Id,
            change = stored.Version == 1 ? "created" : "changed",
            intent = record.Intent,
            state = record.State,
            reason = record.Reason,
            since = record.Since,
            etag = TaskResource.TagOf(record),
        });
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind is JsonValueKind.Object ? document.RootElement.Clone() : throw new JsonException("it is no object");
    }

    private static JsonElement Element(object value) => JsonSerializer.SerializeToElement(value, TaskJson.Options);

    private static string? Rest(string key, string prefix) => key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;
}

/// <summary>One client's stream.</summary>
internal sealed class EventSubscription(EtcdClient etcd, EventStream events, TimeProvider time, CancellationToken stopping) : IAsyncDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Writes events until the client goes or the process stops.</summary>
    public async Task WriteAsync(HttpResponse response, EventFilter filter, long last, CancellationToken gone)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping);
        using SemaphoreSlim writing = new(1, 1);
        long from = last > 0 ? last : await etcd.RevisionAsync(end.Token, events.Prefixes[0]);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        Task beating = Task.CompletedTask;
        try
        {
            await SendAsync(response, writing, "hello", from, "{}", end.Token);
            beating = BeatAsync(response, writing, end.Token);
            await foreach (EtcdWatchBatch batch in etcd.WatchAsync(events.Prefixes, from + 1, end.Token))
            {
                foreach (StreamedEvent one in batch.Events.Select(events.Understand).OfType<StreamedEvent>().Where(one => Wants(filter, one)))
                {
                    await SendAsync(response, writing, one.Type, batch.Revision, one.Data?.GetRawText() ?? "{}", end.Token);
                }
            }
        }
        catch (EtcdCompactedException)
        {
            await SendAsync(response, writing, "reset", 0, """{"reason":"changes were missed: read everything anew"}""", gone);
        }
        catch (Exception ended) when (ended is OperationCanceledException || end.IsCancellationRequested)
        {
            // The client went, or the process stops.
        }
        catch (EtcdException away) when (response.HasStarted)
        {
            await SendAsync(response, writing, "reset", 0, JsonSerializer.Serialize(new { reason = away.Message }), gone);
        }
        finally
        {
            await end.CancelAsync();
            await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync()
    {
        events.Leave();
        return ValueTask.CompletedTask;
    }

    private static bool Wants(EventFilter filter, StreamedEvent one) =>
        (filter.Task is null || filter.Task == one.Task) && (filter.Types.Count == 0 || filter.Types.Contains(one.Type));

    private async Task BeatAsync(HttpResponse response, SemaphoreSlim writing, CancellationToken end)
    {
        using PeriodicTimer timer = new(Heartbeat, time);
        while (await timer.WaitForNextTickAsync(end))
        {
            await WriteAsync(response, writing, ": alive\n\n", end);
        }
    }

    // JSON of one line: none of its line breaks is one of the stream.
    private static Task SendAsync(HttpResponse response, SemaphoreSlim writing, string type, long revision, string json, CancellationToken end) => WriteAsync(
        response, writing, string.Create(CultureInfo.InvariantCulture, $"event: {type}\n{(revision > 0 ? $"id: {revision}\n" : "")}data: {json.ReplaceLineEndings(" ")}\n\n"), end);

    private static async Task WriteAsync(HttpResponse response, SemaphoreSlim writing, string text, CancellationToken end)
    {
        await writing.WaitAsync(end);
        try
        {
            await response.WriteAsync(text, end);
            await response.Body.FlushAsync(end);
        }
        finally
        {
            writing.Release();
        }
    }
}
