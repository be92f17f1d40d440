namespace MilvusCdc.Core.Source;

/// <summary>How much of the source's log may wait in memory.</summary>
public sealed class SourceReaderOptions
{
    /// <summary>Bytes of messages that one task may hold unread by the timeline. Default 256 MiB; 16 MiB to 16 GiB. One window of a channel always fits.</summary>
    public long BudgetBytes { get; set; } = 256L << 20;
}
