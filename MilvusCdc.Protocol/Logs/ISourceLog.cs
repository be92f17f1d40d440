namespace MilvusCdc.Protocol.Logs;

/// <summary>Reads the source's change log. One reader for all channels of a task; nothing is stored on the broker. Every method may throw <see cref="SourceLogException"/>.</summary>
public interface ISourceLog : IAsyncDisposable
{
    /// <summary><c>kafka</c> or <c>pulsar</c>; positions of one kind mean nothing to the other.</summary>
    string Kind { get; }

    /// <summary>The position before everything: where a channel that does not exist yet is read from.</summary>
    LogPosition Beginning { get; }

    /// <summary>What the broker holds of a channel, or null when the channel does not exist (yet).</summary>
    Task<LogBounds?> GetBoundsAsync(string channel, CancellationToken cancellation);

    /// <summary>Starts to read a channel at <paramref name="from"/> (inclusive). A position that the broker no longer or not yet has is a <see cref="SourceLogGapException"/>, never a silent jump.</summary>
    Task OpenAsync(string channel, LogPosition from, CancellationToken cancellation);

    /// <summary>
    /// Where to begin so that up to <paramref name="messages"/> messages before <paramref name="position"/> are read too. Null when nothing is learned from them: a position then names the very
    /// log it was taken from, and one of a channel that was deleted and made again is found by <see cref="OpenAsync"/>.
    /// </summary>
    LogPosition? Back(LogPosition position, int messages);

    /// <summary>Stops to read a channel; unread messages of it are forgotten.</summary>
    Task CloseAsync(string channel, CancellationToken cancellation);

    /// <summary>Holds a channel back (true) or lets it flow again (false): how a reader that has spent its budget leaves the log unread.</summary>
    void SetPaused(string channel, bool paused);

    /// <summary>All messages of all open channels, each channel in order. Ends only by cancellation or exception. One enumeration at a time.</summary>
    IAsyncEnumerable<LogMessage> ReadAsync(CancellationToken cancellation);

    /// <summary>A position as Milvus stores it in a MsgPosition (Kafka: 8 bytes, little-endian).</summary>
    byte[] ToMessageId(LogPosition position);

    /// <summary>Reads a position that Milvus stored. Throws <see cref="FormatException"/> when the bytes are not of this kind.</summary>
    LogPosition FromMessageId(ReadOnlySpan<byte> messageId);
}
