namespace MilvusCdc.Core.Resilience;

/// <summary>What happens after a fault.</summary>
public enum FaultAction
{
    /// <summary>Again, after a growing delay; for ever.</summary>
    Retry,

    /// <summary>Again at once from the checkpoint with everything resolved anew: what was remembered is out of date.</summary>
    Refresh,

    /// <summary>A message is refused for its own sake: by the task's policy the task stops there, or the message is set aside.</summary>
    DeadLetter,

    /// <summary>Stop until a person has changed something.</summary>
    Block,

    /// <summary>Stop: a contradiction that neither time nor a retry heals.</summary>
    Fail,

    /// <summary>Stop: the log no longer has what comes next.</summary>
    Gap,
}

/// <summary>What went wrong, in words a person can act on. Never holds a secret.</summary>
/// <param name="Action">What the task does now.</param>
/// <param name="Kind">The row of the table, a stable word for metrics: <c>target.unavailable</c>.</param>
/// <param name="Object">What was met, and where.</param>
/// <param name="Impact">What that means for the task.</param>
/// <param name="NextStep">What a person can do; empty: nothing needs to be done.</param>
public sealed record Fault(FaultAction Action, string Kind, string Object, string Impact, string NextStep)
{
    /// <summary>All in one line.</summary>
    public string Sentence => NextStep.Length == 0 ? $"{Object}: {Impact}" : $"{Object}: {Impact}; {NextStep}";

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Sentence}";
}
