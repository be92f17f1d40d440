namespace MilvusCdc.Core.Audit;

/// <summary>How an operation ended.</summary>
public enum OperationResult
{
    /// <summary>It was done, or taken up.</summary>
    Done,

    /// <summary>It was refused: the request, or the state it met, does not allow it.</summary>
    Refused,

    /// <summary>It could not be done.</summary>
    Failed,
}

/// <summary>Who did what, when, from where, and how it ended. Never holds a secret.</summary>
public sealed record OperationRecord
{
    /// <summary>Unique; newer ones sort before older ones.</summary>
    public required string Id { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The name of the token that was used; <c>anonymous</c> when the API asks for none.</summary>
    public required string Who { get; init; }

    /// <summary>The address it came from.</summary>
    public required string From { get; init; }

    /// <summary>For example <c>task.pause</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The task it concerned, or null.</summary>
    public string? Task { get; init; }

    /// <summary>What else it concerned: a worker, a dead letter.</summary>
    public string? Subject { get; init; }

    /// <summary>How it ended.</summary>
    public required OperationResult Result { get; init; }

    /// <summary>The answer's code: an HTTP status, or the code in the body of <c>/cdc</c>.</summary>
    public int Status { get; init; }

    /// <summary>Why it was refused or failed; null when it was done.</summary>
    public string? Detail { get; init; }
}

/// <summary>Which operations are listed; null members let everything through.</summary>
public sealed record OperationFilter(string? Task = null, string? Who = null, string? Action = null, OperationResult? Result = null)
{
    /// <summary>Whether a record is wanted.</summary>
    public bool Takes(OperationRecord record) =>
        (Task is null || record.Task == Task) && (Who is null || record.Who == Who) && (Action is null || record.Action == Action) && (Result is null || record.Result == Result);
}
