using System.Buffers.Binary;
using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Sandbox.Source.Metadata;

namespace MilvusCdc.Sandbox.Tests.Source;

/// <summary>One record of a topic.</summary>
internal sealed record MemoryRecord(string Topic, byte[] Value, IReadOnlyList<KeyValuePair<string, string>> Properties);

/// <summary>An etcd and a log that only remember what a source wrote.</summary>
internal sealed class MemorySource : IMetadataWriter, ISourceLogWriter
{
    private readonly Lock _lock = new();
    private readonly List<IReadOnlyList<MetadataChange>> _transactions = [];
    private readonly List<MemoryRecord> _records = [];

    public IReadOnlyList<IReadOnlyList<MetadataChange>> Transactions
    {
        get
        {
            lock (_lock)
            {
                return [.. _transactions];
            }
        }
    }

    public IReadOnlyList<MemoryRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>What the keys hold now.</summary>
    public IReadOnlyDictionary<string, byte[]> Keys
    {
        get
        {
            Dictionary<string, byte[]> keys = new(StringComparer.Ordinal);
            foreach (MetadataChange change in Transactions.SelectMany(one => one))
            {
                if (change.Value is { } value)
                {
                    keys[change.Key] = value;
                }
                else
                {
                    keys.Remove(change.Key);
                }
            }

            return keys;
        }
    }

    public Task WriteAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellation)
    {
        lock (_lock)
        {
            _transactions.Add([.. changes]);
            return Task.CompletedTask;
        }
    }

    public byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties, long timestampMs)
    {
        lock (_lock)
        {
            byte[] id = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(id, _records.Count(record => record.Topic == topic));
            _records.Add(new MemoryRecord(topic, value, properties));
            return id;
        }
    }
}
