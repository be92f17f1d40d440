namespace MilvusCdc.Core.Source;

/// <summary>How much of the source's log may wait in memory.</summary>
public sealed class SourceReaderOptions
{
    /// <summary>Bytes of messages that one task may hold unread by the timeline. Default 256 MiB; 16 MiB to 16 GiB. One window of a channel always fits.</summary>
    public long BudgetBytes { get; set; } = 256L << 20;

    /// <summary>The same for all tasks of the process together. Default 1 GiB; 16 MiB to 64 GiB.</summary>
    public long ProcessBudgetBytes { get; set; } = 1L << 30;
}
