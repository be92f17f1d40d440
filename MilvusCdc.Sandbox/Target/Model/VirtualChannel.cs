using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>
/// One shard of a collection. It buffers messages until a tick at or above their newest timestamp, drops repeats inside that window by msgID, adds the
/// rows and applies the deletes.
/// A real server keeps the "no older Delete" rule per segment and for keys that the segment may hold; here it is kept per partition for all keys.
/// </summary>
internal sealed class VirtualChannel(Collection collection, PhysicalChannel physical, int shard, Action<PoisonKind, string> poison)
{
    private readonly Dictionary<long, ulong> _newestDelete = [];
    private readonly Dictionary<PrimaryKey, List<RowVersion>> _byKey = [];
    private List<PendingMessage> _pending = [];

    public string Name { get; } = $"{physical.Name}_{collection.Id}v{shard}";

    public Collection Collection { get; } = collection;

    public PhysicalChannel Physical { get; } = physical;

    /// <summary>The newest tick.</summary>
    public ulong Tick { get; private set; }

    /// <summary>A tick at or above the collection's creation has come: it can be loaded.</summary>
    public bool Ticked { get; private set; }

    /// <summary>The data node reads it: ticked, and so is every channel created before it.</summary>
    public bool Watched { get; set; }

    /// <summary>Timestamp of the Drop message, once it has come.</summary>
    public ulong DropAt { get; set; } = ulong.MaxValue;

    /// <summary>Ticks have passed the Drop message: the data node is done with it.</summary>
    public bool Removed { get; private set; }

    /// <summary>Every row ever applied, deleted ones too.</summary>
    public List<RowVersion> Rows { get; } = [];

    public int PendingMessages => _pending.Count;

    public void Buffer(PendingMessage message) => _pending.Add(message);

    public void Advance(ulong tick)
    {
        if (tick >= Collection.CreatedAt)
        {
            Ticked = true;
        }

        if (tick <= Tick)
        {
            return;
        }

        Tick = tick;
        ApplyWindow(WithoutRepeats(_pending.Where(m => m.Newest <= tick)));
        _pending = _pending.Where(m => m.Newest > tick).ToList();
        if (Collection.Dropped && tick >= DropAt)
        {
            Removed = true;
            _byKey.Clear();
            Rows.Clear();
        }
    }

    public void ForgetPartition(long partitionId)
    {
        foreach (RowVersion row in Rows.Where(r => r.PartitionId == partitionId))
        {
            _byKey[row.Key].Remove(row);
        }

        Rows.RemoveAll(r => r.PartitionId == partitionId);
    }

    private List<PendingMessage> WithoutRepeats(IEnumerable<PendingMessage> window)
    {
        Dictionary<long, PendingMessage> seen = [];
        List<PendingMessage> kept = [];
        foreach (PendingMessage message in window)
        {
            if (seen.TryAdd(message.MessageId, message))
            {
                kept.Add(message);
            }
            else if (!seen[message.MessageId].Fingerprint.AsSpan().SequenceEqual(message.Fingerprint))
            {
                poison(PoisonKind.MessageIdReused, $"two different messages of {Name} carry msgID {message.MessageId} in one tick window; the second is dropped");
            }
        }

        return kept;
    }

    /// <summary>Inserts before deletes: a Delete removes only rows with a smaller timestamp, so their order inside the window does not matter.</summary>
    private void ApplyWindow(List<PendingMessage> window)
    {
        foreach (InsertRequest insert in window.Select(m => m.Insert).OfType<InsertRequest>())
        {
            Add(insert);
        }

        Dictionary<long, ulong> newest = new(_newestDelete);
        foreach (DeleteRequest delete in window.Select(m => m.Delete).OfType<DeleteRequest>())
        {
            Apply(delete, newest);
        }

        foreach ((long partition, ulong timestamp) in newest)
        {
            _newestDelete[partition] = timestamp;
        }
    }

    private void Add(InsertRequest insert)
    {
        InsertBatch batch = new(insert.FieldsData);
        FieldData? keys = batch.Column(Collection.PrimaryKey.FieldID);
        if (keys is null || Collection.Partitions.All(p => p.Id != insert.PartitionID))
        {
            return;
        }

        for (int line = 0; line < insert.Timestamps.Count; line++)
        {
            RowVersion row = new()
            {
                Key = InsertBatch.KeyAt(keys, line),
                PartitionId = insert.PartitionID,
                Timestamp = insert.Timestamps[line],
                RowId = insert.RowIDs[line],
                Batch = batch,
                Line = line,
            };
            Rows.Add(row);
            if (!_byKey.TryGetValue(row.Key, out List<RowVersion>? versions))
            {
                _byKey[row.Key] = versions = [];
            }

            versions.Add(row);
        }
    }

    private void Apply(DeleteRequest delete, Dictionary<long, ulong> newest)
    {
        bool texts = delete.PrimaryKeys?.IdFieldCase == IDs.IdFieldOneofCase.StrId;
        IEnumerable<PrimaryKey> keys = texts
            ? delete.PrimaryKeys!.StrId.Data.Select(t => new PrimaryKey(0, t))
            : (delete.PrimaryKeys?.IntId?.Data ?? delete.Int64PrimaryKeys).Select(n => new PrimaryKey(n, null));
        int line = 0;
        foreach (PrimaryKey key in keys)
        {
            Remove(key, delete.PartitionID, delete.Timestamps[line++]);
        }

        foreach (Partition partition in Collection.Partitions.Where(p => delete.PartitionID == -1 || p.Id == delete.PartitionID))
        {
            newest[partition.Id] = Math.Max(newest.GetValueOrDefault(partition.Id), delete.Timestamps.DefaultIfEmpty().Max());
        }
    }

    private void Remove(PrimaryKey key, long partitionId, ulong timestamp)
    {
        if (!_byKey.TryGetValue(key, out List<RowVersion>? versions))
        {
            return;
        }

        foreach (RowVersion row in versions)
        {
            bool hit = (partitionId == -1 || row.PartitionId == partitionId) && row.Timestamp < timestamp && row.DeletedAt == ulong.MaxValue;
            if (hit && timestamp <= _newestDelete.GetValueOrDefault(row.PartitionId))
            {
                poison(PoisonKind.LateDelete, $"the Delete of key {key} at {timestamp} on {Name} is not newer than the Delete at "
                    + $"{_newestDelete[row.PartitionId]} that an earlier tick applied; the row of {row.Timestamp} stays");
            }
            else if (hit)
            {
                row.DeletedAt = timestamp;
            }
        }
    }
}
