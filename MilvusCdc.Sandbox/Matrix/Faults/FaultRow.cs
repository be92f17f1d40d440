namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>One fault, and what must be seen of it.</summary>
/// <param name="Name">What fails, in words.</param>
/// <param name="Phase">The phase in which the task must come to be, or stay, while the fault lasts; <see cref="NoAnswer"/>: the API itself cannot say.</param>
/// <param name="Reason">What the reason must say; empty: no reason is given.</param>
/// <param name="Begin">Begins the fault.</param>
/// <param name="End">Ends it.</param>
internal sealed record FaultRow(string Name, string Phase, string Reason, Func<FaultScene, Task> Begin, Func<FaultScene, Task> End)
{
    /// <summary>The API's own store is away.</summary>
    public const string NoAnswer = "(503)";

    /// <summary>What a person must do after the fault; null: the task goes on by itself.</summary>
    public Func<FaultScene, Task>? Person { get; init; }

    /// <summary>How long the fault lasts at least.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The row has a source and a target of its own, and its task sets aside what the target refuses.</summary>
    public bool SetsAside { get; init; }

    /// <summary>Whether the row has a source and a target of its own.</summary>
    public bool Alone => Fatal || SetsAside;

    /// <summary>The task can never go on (a gap in the log, say): the row has a source and a target of its own, and is over when the phase is seen.</summary>
    public bool Fatal { get; init; }
}

/// <summary>What became of a fault.</summary>
/// <param name="Name">What failed.</param>
/// <param name="Phase">The phase seen.</param>
/// <param name="Reason">The reason given.</param>
/// <param name="ByItself">Whether the task went on by itself.</param>
/// <param name="ToStreamingMs">From the end of the fault (or from what a person did) to streaming again, beyond that moment; null: not meant to.</param>
/// <param name="Equal">Whether source and target are equal then; where the task cannot go on: whether the target is the source as it was at the frontier.</param>
/// <param name="Problem">What was not as expected; null: all was.</param>
internal sealed record FaultOutcome(string Name, string Phase, string? Reason, bool ByItself, double? ToStreamingMs, bool Equal, string? Problem);
