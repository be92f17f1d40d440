using System.Text.Json.Nodes;
using MilvusCdc.Api.Compatible.Metrics;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible;

/// <summary>Serves every request type of <c>POST /cdc</c>.</summary>
internal sealed class CdcRequests(TaskStore store, TaskCreation creation, TaskPositions positions, Maintenance maintenance, RequestMeters meters, TimeProvider time)
{
    private const string PausedByHand = "manually pause through http interface";

    /// <summary>All types, for the answer to an unknown one.</summary>
    public static IReadOnlyList<string> Types { get; } = ["create", "delete", "pause", "resume", "get", "position", "list", "maintenance"];

    /// <summary>The answer's <c>data</c>; null: none. Throws <see cref="CdcRequestException"/>.</summary>
    public Task<JsonObject?> ServeAsync(CdcEnvelope envelope, CancellationToken cancellation)
    {
        RequestDecoder decoder = new();
        string Id() => decoder.Text(RequestDecoder.Of(envelope.Data, "task_id"));
        switch (envelope.RequestType)
        {
            case "create":
                CreateRequest create = CreateRequest.Read(envelope.Data, decoder);
                return Decoded(decoder, () => CreateAsync(create, cancellation));
            case "delete":
                string deleted = Id();
                bool ignoreUnknown = decoder.Flag(RequestDecoder.Of(envelope.Data, "ignore_not_found"));
                return Decoded(decoder, () => DeleteAsync(deleted, ignoreUnknown, cancellation));
            case "pause":
                string paused = Id();
                return Decoded(decoder, () => PauseAsync(paused, cancellation));
            case "resume":
                string resumed = Id();
                return Decoded(decoder, () => ResumeAsync(resumed, cancellation));
            case "get":
                string wanted = Id();
                return Decoded(decoder, () => GetAsync(wanted, cancellation));
            case "position":
                string positioned = Id();
                return Decoded(decoder, () => positions.ReadAsync(positioned, cancellation));
            case "list":
                return ListAsync(cancellation);
            case "maintenance":
                // Messages call these two by the names of Go's fields.
                string operation = decoder.Text(RequestDecoder.Of(envelope.Data, "operation") with { Name = "Operation" });
                JsonObject parameters = decoder.Map(RequestDecoder.Of(envelope.Data, "params") with { Name = "Params" }) ?? [];
                return Decoded(decoder, () => Task.FromResult<JsonObject?>(new JsonObject { ["State"] = maintenance.Answer(operation, parameters) }));
            default:
                throw CdcRequestException.Client($"invalid 'request_type' param, can be set [{string.Join(' ', Types)}]");
        }
    }

    private static Task<JsonObject?> Decoded(RequestDecoder decoder, Func<Task<JsonObject?>> serve) =>
        decoder.Mismatch is { } mismatch ? throw new CdcDecodingException(mismatch) : serve();

    private async Task<JsonObject?> CreateAsync(CreateRequest request, CancellationToken cancellation) =>
        new JsonObject { ["task_id"] = await creation.CreateAsync(request, cancellation) };

    private async Task<JsonObject?> DeleteAsync(string id, bool ignoreUnknown, CancellationToken cancellation)
    {
        TaskRecord? changed = await store.UpdateAsync(
            id,
            task => task.Intent is TaskIntent.Delete ? null : task with { Intent = TaskIntent.Delete, Since = time.GetUtcNow() },
            cancellation);
        if (changed is not null)
        {
            meters.TaskDeleted(id);
        }

        return changed is null && !ignoreUnknown ? throw Unknown(id) : null;
    }

    private async Task<JsonObject?> PauseAsync(string id, CancellationToken cancellation)
    {
        await Existing(id, cancellation);
        TaskRecord? changed = await store.UpdateAsync(
            id,
            task => task.Intent is TaskIntent.Run ? task with { Intent = TaskIntent.Pause, Reason = PausedByHand, Since = time.GetUtcNow() } : null,
            cancellation);
        return changed is null ? throw CdcRequestException.Client($"the task has paused, task_id: {id}") : null;
    }

    private async Task<JsonObject?> ResumeAsync(string id, CancellationToken cancellation)
    {
        await Existing(id, cancellation);
        TaskReport? status = await store.FindStatusAsync(id, cancellation);
        // One that tries again by itself is running.
        bool atFault = status?.Phase is TaskPhase.GapDetected or TaskPhase.Blocked or TaskPhase.Failed;
        TaskRecord? changed = await store.UpdateAsync(
            id,
            task => task.Intent is TaskIntent.Pause || (task.Intent is TaskIntent.Run && atFault)
                ? task with { Intent = TaskIntent.Run, Reason = null, Since = time.GetUtcNow(), Resumes = task.Resumes + 1 }
                : null,
            cancellation);
        return changed is null ? throw CdcRequestException.Client($"the task has running, task_id: {id}") : null;
    }

    private async Task<JsonObject?> GetAsync(string id, CancellationToken cancellation)
    {
        if (id.Length == 0)
        {
            throw CdcRequestException.Client("task_id is empty");
        }

        TaskRecord? task = await store.FindAsync(id, cancellation);
        if (task is null or { Intent: TaskIntent.Delete })
        {
            throw CdcRequestException.Client($"not found: [{id}]");
        }

        TaskReport? status = await store.FindStatusAsync(id, cancellation);
        return new JsonObject { ["task"] = TaskEcho.Sorted(TaskEcho.Show(task, status)) };
    }

    private async Task<JsonObject?> ListAsync(CancellationToken cancellation)
    {
        TaskListing listing = await store.ListAsync(cancellation);
        IReadOnlyDictionary<string, TaskReport> statuses = await store.ListStatusesAsync(cancellation);
        JsonArray tasks = [];
        foreach (TaskRecord task in listing.Tasks.Where(static task => task.Intent is not TaskIntent.Delete))
        {
            tasks.Add(TaskEcho.Show(task, statuses.GetValueOrDefault(task.Definition.Id)));
        }

        return new JsonObject { ["tasks"] = tasks };
    }

    private async Task Existing(string id, CancellationToken cancellation)
    {
        if (await store.FindAsync(id, cancellation) is null or { Intent: TaskIntent.Delete })
        {
            throw Unknown(id);
        }
    }

    private static CdcRequestException Unknown(string id) => CdcRequestException.Client($"not found the task, task_id: {id}");
}
