namespace MilvusCdc.Core.Source;

/// <summary>How much of the source's log may be in memory. Configuration section <c>Cdc:Reading</c>.</summary>
public sealed record SourceReaderOptions
{
    /// <summary>The smallest of both.</summary>
    internal const int LeastMiB = 16;

    /// <summary>
    /// Bytes of messages that one task may hold: read ahead, waiting for their round, or on their way to the target and not covered by a checkpoint. Default 256 MiB; 16 MiB to 16 GiB.
    /// What a channel brings between two ticks of the source always fits.
    /// </summary>
    public long BudgetBytes { get; init; } = 256L << 20;

    /// <summary>The same for all tasks of the process together. Default 1 GiB; 16 MiB to 64 GiB.</summary>
    public long ProcessBudgetBytes { get; init; } = 1L << 30;
}
