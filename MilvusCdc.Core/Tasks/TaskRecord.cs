using System.Text.Json;
using System.Text.Json.Serialization;

namespace MilvusCdc.Core.Tasks;

/// <summary>What people want of a task.</summary>
public enum TaskIntent
{
    /// <summary>It shall replicate.</summary>
    Run,

    /// <summary>It shall stand still at a cut.</summary>
    Pause,

    /// <summary>It shall stop and be forgotten. Final.</summary>
    Delete,
}

/// <summary>A task as it is stored: what it is, what people want of it, what the worker made of that. Holds the target's token: never answered or logged as a whole.</summary>
public sealed record TaskRecord
{
    /// <summary>What is replicated where to. The login, the deadlines and the policies may change (<see cref="Edits"/>), the rest never does.</summary>
    public required TaskDefinition Definition { get; init; }

    /// <summary>What people want; written by the API.</summary>
    public TaskIntent Intent { get; init; } = TaskIntent.Run;

    /// <summary>What the owning worker has reached; written by the worker. Initial: no worker has taken the task yet.</summary>
    public TaskState State { get; init; } = TaskState.Initial;

    /// <summary>Why the task is paused, in a person's words; null while it is wanted to run.</summary>
    public string? Reason { get; init; }

    /// <summary>Raised by every resume: at a fault it makes the worker try again at once.</summary>
    public int Resumes { get; init; }

    /// <summary>Raised by every change of the <see cref="Definition"/>: the worker then begins anew with it, at the checkpoint.</summary>
    public int Edits { get; init; }

    /// <summary>When <see cref="Intent"/> or <see cref="State"/> last changed.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the task was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What the creating client stated, in the form its API echoes it; secrets taken out. Core never reads it.</summary>
    public JsonElement? Origin { get; init; }

    /// <summary>The store's revision of this record; 0: not stored. A changed record is stored only when nobody has stored another since.</summary>
    [JsonIgnore]
    public long Revision { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"task '{Definition.Id}' ({State}, wanted: {Intent})";
}
