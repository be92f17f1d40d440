namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>The message queue that a source writes to.</summary>
public interface ISourceLogWriter
{
    /// <summary>A producer begins to write to a topic: on Pulsar it is there from then on, on Kafka it comes with its first message.</summary>
    /// <param name="topic">The physical channel's name.</param>
    void Open(string topic)
    {
    }

    /// <summary>Appends one message to a topic, which is made when it is missing. Called under a lock: it must not wait for a network.</summary>
    /// <param name="topic">The physical channel's name.</param>
    /// <param name="value">The message.</param>
    /// <param name="properties">Kafka's headers or Pulsar's properties.</param>
    /// <param name="timestampMs">When it is written, Unix milliseconds.</param>
    /// <returns>The message's id as Milvus serializes it: eight bytes little-endian on Kafka, a MessageIdData on Pulsar (milvus-source-formats.md §4).</returns>
    byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long timestampMs);
}
