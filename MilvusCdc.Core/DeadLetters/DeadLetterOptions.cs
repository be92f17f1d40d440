namespace MilvusCdc.Core.DeadLetters;

/// <summary>How much is kept of messages that the target refuses. Configuration section <c>Cdc:DeadLetters</c>. They lie in etcd, so the bounds are small: at a bound the task blocks.</summary>
public sealed record DeadLetterOptions
{
    internal const int StandardBytes = 64 << 20;
    internal const int StandardLetters = 10_000;

    /// <summary>Bytes of all letters of one task. Default 64 MiB; 1 MiB to 1 GiB.</summary>
    public int MaximumBytes { get; init; } = StandardBytes;

    /// <summary>Letters of one task. Default 10,000; 1 to 100,000.</summary>
    public int MaximumLetters { get; init; } = StandardLetters;
}
