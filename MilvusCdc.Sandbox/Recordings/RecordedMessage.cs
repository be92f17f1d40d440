using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Sandbox.Recordings;

/// <summary>What kind of log a recorded source had.</summary>
public enum RecordedLog
{
    /// <summary>Kafka.</summary>
    Kafka,

    /// <summary>Pulsar.</summary>
    Pulsar,
}

/// <summary>One record of one topic, as the broker had it.</summary>
/// <param name="Topic">The topic: a pchannel, or the replicate channel.</param>
/// <param name="Offset">Its offset; the offsets of a topic are dense from 0. On Pulsar its number in the topic, likewise.</param>
/// <param name="TimestampMs">The broker's timestamp, Unix milliseconds.</param>
/// <param name="Headers">Header names and values, in order.</param>
/// <param name="Value">One serialized Milvus message; empty when the record has no value.</param>
public sealed record RecordedMessage(string Topic, long Offset, long TimestampMs, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Value)
{
    /// <summary>Pulsar: ledger and entry; null on Kafka.</summary>
    public LogPosition? Place { get; init; }

    /// <summary>Pulsar: the entry's own bytes from its magic on; null where they were not recorded.</summary>
    public byte[]? Entry { get; init; }
}

/// <summary>One key of the source's etcd.</summary>
public sealed record EtcdEntry(string Key, byte[] Value, long Mod);

/// <summary>One recorded change of the source's etcd.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The new value; null: the key was deleted.</param>
/// <param name="Mod">The revision. Changes with the same revision were one transaction.</param>
public sealed record EtcdChange(string Key, byte[]? Value, long Mod);
