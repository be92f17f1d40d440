using System.Buffers.Binary;
using System.Text;
using MilvusCdc.Sandbox.Kafka;

namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>Writes a source's log to the sandbox's Kafka broker.</summary>
public sealed class KafkaLogWriter(KafkaBroker broker) : ISourceLogWriter
{
    /// <inheritdoc/>
    public byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long timestampMs)
    {
        KeyValuePair<string, byte[]>[] headers = [.. properties.Select(one => new KeyValuePair<string, byte[]>(one.Key, Encoding.UTF8.GetBytes(one.Value)))];
        byte[] id = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(id, broker.Append(topic, value, headers, timestampMs));
        return id;
    }
}
