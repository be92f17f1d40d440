namespace MilvusCdc.Protocol.Logs;

/// <summary>One record as it lies in the log: its channel, its position, its bytes (empty when the record has none) and the producer's trace context.</summary>
/// <param name="Channel">The physical channel: the topic's name.</param>
/// <param name="Position">Where it lies.</param>
/// <param name="Value">The record's value, untouched.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> header, or null.</param>
public readonly record struct LogMessage(string Channel, LogPosition Position, ReadOnlyMemory<byte> Value, string? TraceParent);

/// <summary>What the broker holds of a channel now: the first position that can still be read, and the position that the next message will get.</summary>
public readonly record struct LogBounds(LogPosition First, LogPosition End);
