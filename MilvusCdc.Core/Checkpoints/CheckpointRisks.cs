namespace MilvusCdc.Core.Checkpoints;

/// <summary>What a checkpoint that a person sets may do to the target, and the person accepts.</summary>
[Flags]
public enum CheckpointRisks
{
    /// <summary>Nothing: what would do harm is refused.</summary>
    None = 0,

    /// <summary>Changes between the old and the new place never reach the target.</summary>
    Skipped = 1,

    /// <summary>Changes between the new and the old place reach the target once more: rows are doubled there, since its ticks have passed them.</summary>
    Repeated = 2,
}

/// <summary>What is wrong with a wish about a checkpoint.</summary>
public enum CheckpointProblem
{
    /// <summary>There is no such task, or it has no checkpoint.</summary>
    NotFound,

    /// <summary>The task is not paused, or somebody changed it at the same moment.</summary>
    Conflict,

    /// <summary>The wish itself is wrong.</summary>
    Invalid,
}

/// <summary>A checkpoint cannot be given out or taken.</summary>
/// <param name="problem">What kind of trouble it is.</param>
/// <param name="sentences">Every reason, one sentence each: what, its value, and what is allowed.</param>
public sealed class CheckpointTransferException(CheckpointProblem problem, IReadOnlyList<string> sentences) : Exception(string.Join("; ", sentences))
{
    /// <summary>What kind of trouble it is.</summary>
    public CheckpointProblem Problem => problem;

    /// <summary>Every reason.</summary>
    public IReadOnlyList<string> Sentences => sentences;
}

/// <summary>What of a checkpoint a person sets by hand; what is null stays.</summary>
public sealed record CheckpointEdit
{
    /// <summary>A Milvus timestamp: everything up to it is taken to be on the target.</summary>
    public ulong? Frontier { get; init; }

    /// <summary>By source pchannel, the first message to read (<see cref="PositionText"/>); channels that are not named stay.</summary>
    public IReadOnlyDictionary<string, string>? Positions { get; init; }

    /// <summary>The first message of the replicate channel to read.</summary>
    public string? Operations { get; init; }
}
