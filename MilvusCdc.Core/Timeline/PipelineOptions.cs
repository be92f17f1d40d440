namespace MilvusCdc.Core.Timeline;

/// <summary>How far rows may run ahead of the frontier: un-ticked rows sit in the target's memory.</summary>
public sealed class PipelineOptions
{
    /// <summary>The largest <see cref="MaximumRounds"/>.</summary>
    public const int LargestMaximumRounds = 1000;

    /// <summary>Bytes sent and not acknowledged. Default 64 MiB; 1 MiB to 1 GiB.</summary>
    public long MaximumBytes { get; set; } = 64L << 20;

    /// <summary>Rounds sent and not acknowledged. Default 50, which is 10 s of a source with ticks of 200 ms; 1 to 1,000.</summary>
    public int MaximumRounds { get; set; } = 50;
}
