using System.Buffers;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Rows of one shard and partition inside one round that go to the target as one element. What belongs to it follows from the log alone, so that a group that is sent
/// again after a crash has the same message id and rows, and the target drops the repeat.
/// </summary>
internal sealed class RowGroup(string sourceChannel, long collectionId, long partitionId, string shard, MsgType kind)
{
    /// <summary>Bytes after which a group takes no more messages. Fixed: another value would cut other groups out of the same log.</summary>
    public const int MaximumBytes = 512 << 10;

    private readonly List<LogEntry> _entries = [];
    private int _bytes;

    /// <summary>The source pchannel that the rows come from.</summary>
    public string SourceChannel => sourceChannel;

    /// <summary>The source collection.</summary>
    public long CollectionId => collectionId;

    /// <summary>The source partition; −1 for a delete in all partitions.</summary>
    public long PartitionId => partitionId;

    /// <summary>The source vchannel.</summary>
    public string Shard => shard;

    /// <summary>Insert, Delete, DropCollection or DropPartition.</summary>
    public MsgType Kind => kind;

    /// <summary>The messages, in the order of the log.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>The oldest timestamp: operations before it are done first.</summary>
    public ulong First { get; private set; } = ulong.MaxValue;

    /// <summary>The newest timestamp.</summary>
    public ulong Last { get; private set; }

    /// <summary>Rows or keys.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of the messages.</summary>
    public int Bytes => _bytes;

    /// <summary>Adds a message; false when the group is full.</summary>
    public bool TryAdd(LogEntry entry)
    {
        int size = entry.Envelope.Bytes.Length;
        if (_entries.Count > 0 && _bytes + size > MaximumBytes)
        {
            return false;
        }

        _entries.Add(entry);
        _bytes += size;
        First = Math.Min(First, entry.Envelope.MinTimestamp);
        Last = Math.Max(Last, entry.Envelope.MaxTimestamp);
        Rows += entry.Envelope.RowCount;
        return true;
    }

    /// <summary>The elements to send: one merged message, or the messages one by one where their columns do not allow it.</summary>
    public IReadOnlyList<ReadOnlySequence<byte>> Elements(EnvelopePatch patch)
    {
        if (_entries.Count > 1)
        {
            var envelopes = _entries.ConvertAll(static entry => entry.Envelope);
            if (kind == MsgType.Insert && InsertMerger.TryMerge(envelopes, patch, out ReadOnlySequence<byte> inserts))
            {
                return [inserts];
            }

            if (kind == MsgType.Delete && DeleteMerger.TryMerge(envelopes, patch, out ReadOnlySequence<byte> deletes))
            {
                return [deletes];
            }
        }

        return _entries.ConvertAll(entry => EnvelopePatcher.Patch(entry.Envelope, patch));
    }
}
