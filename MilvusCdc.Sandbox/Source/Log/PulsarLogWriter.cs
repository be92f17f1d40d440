using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;
using MilvusCdc.Sandbox.Pulsar;

namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>Writes a source's log to the sandbox's Pulsar broker as Milvus's producer does: each message an entry of its own, a batch of one, ZSTD. Used under its source's lock.</summary>
/// <param name="broker">Where to.</param>
/// <param name="ledgerEntries">After so many entries of a topic comes a new ledger, as on a real broker from time to time. Default 200; 0: never.</param>
public sealed class PulsarLogWriter(PulsarBroker broker, int ledgerEntries = 200) : ISourceLogWriter
{
    /// <inheritdoc/>
    public void Open(string topic) => broker.CreateTopic(topic);

    /// <inheritdoc/>
    public byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long timestampMs)
    {
        LogPosition place = broker.Append(topic, value, properties, timestampMs);
        if (place.Entry + 1 == ledgerEntries)
        {
            broker.RollLedger(topic);
        }

        return PulsarMessageId.ToBytes(place);
    }
}
