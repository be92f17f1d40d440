namespace MilvusCdc.Sandbox.Kafka;

/// <summary>One record to append: no key (Milvus's have none).</summary>
/// <param name="Value">The value; null is a record without one, which is not the same as an empty one.</param>
/// <param name="Headers">Header names and raw values, in order; null for none.</param>
/// <param name="TimestampMs">CreateTime, milliseconds since 1970.</param>
public readonly record struct KafkaRecord(ReadOnlyMemory<byte>? Value, IReadOnlyList<KeyValuePair<string, byte[]>>? Headers, long TimestampMs);
