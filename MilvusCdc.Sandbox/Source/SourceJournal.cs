using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Source.Log;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <summary>Writes the rows of clients to the log, with what the proxy of a version adds.</summary>
internal sealed class SourceJournal(SourceOptions options, SourceLog log, Func<long> nextId) : IRowJournal
{
    private readonly Dictionary<(string Shard, long Partition), long> _segments = [];

    public int MaxMessageBytes => options.MaxMessageBytes ?? options.Version.MaxMessageBytes;

    /// <summary>The newest timestamp of a row or a Delete; 0: none yet.</summary>
    public ulong NewestRow { get; private set; }

    public void Wrote(VirtualChannel shard, InsertRequest insert, bool upsert)
    {
        (string, long) place = (shard.Name, insert.PartitionID);
        if (!_segments.TryGetValue(place, out long segment))
        {
            _segments[place] = segment = nextId();
        }

        NewestRow = insert.Base.Timestamp;
        InsertRequest message = insert.Clone();
        message.SegmentID = segment;
        message.Base.SourceID = SourceMilvus.NodeId;
        if (upsert)
        {
            // The rows have their timestamps; the message of an upsert's new rows has none.
            message.Base.Timestamp = 0;
        }

        if (options.Version.NamesDatabases)
        {
            message.DbName = shard.Collection.Database.Name;
        }

        log.Produce(shard.Physical.Name, message.Base.MsgType, message);
    }

    public void Wrote(VirtualChannel shard, DeleteRequest delete, bool upsert)
    {
        NewestRow = delete.Base.Timestamp;
        DeleteRequest message = delete.Clone();
        message.Base.SourceID = SourceMilvus.NodeId;
        if (options.Version.NamesDatabases && !upsert)
        {
            message.DbName = shard.Collection.Database.Name;
        }

        log.Produce(shard.Physical.Name, message.Base.MsgType, message);
    }

    /// <summary>Rows from now on go to new segments.</summary>
    public void Seal(Collection collection)
    {
        foreach ((string Shard, long Partition) place in _segments.Keys.Where(one => collection.Shards.Exists(shard => shard.Name == one.Shard)).ToList())
        {
            _segments.Remove(place);
        }
    }
}
