using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Source;

/// <summary>One change of a pchannel that waits for its round: where it lies, its scanned envelope and what its trace needs.</summary>
internal readonly record struct LogEntry(LogPosition Position, Envelope Envelope, string? TraceParent, long ReadAt)
{
    /// <summary>The timestamp that decides the round: the newest row's, or the message's own.</summary>
    public ulong Timestamp => Envelope.MaxTimestamp;

    /// <summary>Whether a tick that covers the change came before it: no Milvus writes so, but a producer's repeat may lie so, and the source then has the rows twice.</summary>
    public bool IsLate { get; init; }
}

/// <summary>A tick and where it lies.</summary>
internal readonly record struct TickEntry(LogPosition Position, ulong Timestamp);
