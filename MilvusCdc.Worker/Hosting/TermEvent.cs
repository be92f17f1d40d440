using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Worker.Hosting;

/// <summary>What a <see cref="WorkerTerm"/> reacts to.</summary>
internal abstract record TermEvent
{
    /// <summary>The store changed.</summary>
    public sealed record Changed(StoreChange Change) : TermEvent;

    /// <summary>A task came to its end here.</summary>
    public sealed record RunnerEnded(string TaskId) : TermEvent;

    /// <summary>Time to look whether a task without owner can be taken.</summary>
    public sealed record Sweep : TermEvent;

    /// <summary>Changes may have been missed.</summary>
    public sealed record Missed : TermEvent;
}
