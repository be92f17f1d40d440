using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>What the load has done so far.</summary>
public readonly record struct LiveLoadCounts(long Inserted, long Upserted, long Deleted);

/// <summary>
/// Goes on where a recording ends, as a source in use does: inserts, upserts and deletes in one of its collections, and ticks every 200 ms on all channels in use,
/// with timestamps after the recorded ones. Knows what the target must hold.
/// </summary>
public sealed class LiveLoad
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(200);

    private readonly CatalogCollection _collection;
    private readonly KeyValuePair<long, string> _partition;
    private readonly string[] _channels;
    private readonly Action<string, byte[], long> _append;
    private readonly TimeProvider _time;
    private readonly Random _random = new(1);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Row> _expected = [];
    private readonly List<Row> _untouched = [];
    private readonly long _shiftMs;
    private LiveLoadCounts _counts;
    private ulong _now;
    private ulong _lastRow;
    private long _nextKey;
    private long _nextMessage;
    private bool _resting;

    private LiveLoad(RecordedHistory history, CatalogCollection collection, Action<string, byte[], long> append, TimeProvider time)
    {
        _collection = collection;
        _partition = collection.Partitions.MinBy(partition => partition.Key);
        _channels = history.ChannelsInUse(ulong.MaxValue);
        _append = append;
        _time = time;
        _now = history.LastTimestamp;

        // Where the machine's clock lies before the recording, the load's clock begins at the recording's end.
        _shiftMs = Math.Max(0, MilvusTime.PhysicalMs(_now) + 1 - time.GetUtcNow().ToUnixTimeMilliseconds());
        _untouched.AddRange(history.RowsAt(ulong.MaxValue)[collection.Name].Rows);
        _nextKey = 1_000_000_000;
        _nextMessage = (long)_now;
    }

    /// <summary>The collection that is written to, <c>database/collection</c>.</summary>
    public string Collection => _collection.Name;

    /// <summary>What it has done so far.</summary>
    public LiveLoadCounts Counts
    {
        get
        {
            lock (_lock)
            {
                return _counts;
            }
        }
    }

    /// <summary>The newest timestamp of a row or a delete; 0: none yet.</summary>
    public ulong LastRow => Volatile.Read(ref _lastRow);

    /// <summary>Whether only ticks are sent: the rows rest, so that both sides can be compared. Once set, <see cref="LastRow"/> and <see cref="Expected"/> stand still.</summary>
    public bool Resting
    {
        get
        {
            lock (_lock)
            {
                return _resting;
            }
        }

        set
        {
            // A round that has begun ends first.
            lock (_lock)
            {
                _resting = value;
            }
        }
    }

    /// <summary>What the target must hold once its frontier has passed <see cref="LastRow"/>.</summary>
    public CollectionRows Expected
    {
        get
        {
            lock (_lock)
            {
                return new CollectionRows(_collection.Name, _collection.PrimaryField.Name, [.. _untouched, .. _expected.Values]);
            }
        }
    }

    /// <summary>Null when the recording ends without a collection that rows can be made for (an int64 key that the client chooses, and plain types).</summary>
    /// <param name="history">Where it goes on.</param>
    /// <param name="append">Appends a value to a topic, with the broker's timestamp in Unix milliseconds.</param>
    /// <param name="time">Clock of timestamps and ticks.</param>
    public static LiveLoad? TryCreate(RecordedHistory history, Action<string, byte[], long> append, TimeProvider time)
    {
        IReadOnlyDictionary<string, CollectionRows> rows = history.RowsAt(ulong.MaxValue);
        CatalogCollection? collection = history.FinalCollections().Where(SyntheticColumns.CanFill).OrderByDescending(one => rows[one.Name].Rows.Count).FirstOrDefault();
        return collection is null ? null : new LiveLoad(history, collection, append, time);
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(TickInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            Round();
        }
    }

    /// <summary>One tick interval: some rows (unless they rest), then a tick on every channel.</summary>
    public void Round()
    {
        lock (_lock)
        {
            if (!_resting)
            {
                Insert([.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => _nextKey++)], upsert: false);
                if (_expected.Count > 20 && _random.Next(3) == 0)
                {
                    Insert([.. _random.GetItems([.. _expected.Keys], 2).Distinct()], upsert: true);
                }

                if (_expected.Count > 30 && _random.Next(2) == 0)
                {
                    Delete([.. _random.GetItems([.. _expected.Keys], 3).Distinct()]);
                }
            }

            ulong tick = NextTimestamp();
            foreach (string channel in _channels)
            {
                Send(channel, new TimeTickMsg { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = tick, SourceID = 1 } }, tick);
            }
        }
    }

    private void Insert(long[] keys, bool upsert)
    {
        ulong timestamp = NextTimestamp();
        foreach (IGrouping<int, long> shard in keys.GroupBy(ShardOf))
        {
            long[] own = [.. shard];
            InsertRequest insert = new()
            {
                // The insert half of an upsert has no timestamp of its own (milvus-source-formats: Insert has base.timestamp 0).
                Base = new MsgBase { MsgType = MsgType.Insert, MsgID = _nextMessage++, Timestamp = upsert ? 0 : timestamp, SourceID = 1 },
                ShardName = _collection.Info.VirtualChannelNames[shard.Key],
                CollectionName = _collection.Info.Schema.Name,
                PartitionName = _partition.Value,
                CollectionID = _collection.Id,
                PartitionID = _partition.Key,
                SegmentID = 1,
                NumRows = (ulong)own.Length,
                Version = InsertDataVersion.ColumnBased,
            };
            insert.Timestamps.AddRange(own.Select(_ => timestamp));
            insert.RowIDs.AddRange(own.Select(_ => _nextMessage++));
            insert.FieldsData.AddRange(SyntheticColumns.UserFields(_collection).Select(field => SyntheticColumns.Fill(field, own, _random)));
            Send(_collection.Info.PhysicalChannelNames[shard.Key], insert, timestamp);
            foreach ((long key, SortedDictionary<string, string> fields) in own.Zip(ColumnValues.ToRows(insert.FieldsData, own.Length)))
            {
                _expected[key] = new Row(_partition.Value, fields);
            }
        }

        if (upsert)
        {
            SendDelete(keys, timestamp);
            _counts = _counts with { Upserted = _counts.Upserted + keys.Length };
        }
        else
        {
            _counts = _counts with { Inserted = _counts.Inserted + keys.Length };
        }

        Volatile.Write(ref _lastRow, timestamp);
    }

    private void Delete(long[] keys)
    {
        ulong timestamp = NextTimestamp();
        SendDelete(keys, timestamp);
        foreach (long key in keys)
        {
            _expected.Remove(key);
        }

        _counts = _counts with { Deleted = _counts.Deleted + keys.Length };
        Volatile.Write(ref _lastRow, timestamp);
    }

    private void SendDelete(long[] keys, ulong timestamp)
    {
        foreach (IGrouping<int, long> shard in keys.GroupBy(ShardOf))
        {
            DeleteRequest delete = new()
            {
                Base = new MsgBase { MsgType = MsgType.Delete, MsgID = _nextMessage++, Timestamp = timestamp, SourceID = 1 },
                ShardName = _collection.Info.VirtualChannelNames[shard.Key],
                CollectionName = _collection.Info.Schema.Name,
                CollectionID = _collection.Id,
                PartitionID = -1,
                NumRows = shard.Count(),
                PrimaryKeys = new IDs { IntId = new LongArray { Data = { shard } } },
            };
            delete.Timestamps.AddRange(shard.Select(_ => timestamp));
            Send(_collection.Info.PhysicalChannelNames[shard.Key], delete, timestamp);
        }
    }

    private int ShardOf(long key) => ShardHash.ShardOf(key, _collection.Info.VirtualChannelNames.Count);

    private void Send(string channel, IMessage message, ulong timestamp) => _append(channel, message.ToByteArray(), MilvusTime.PhysicalMs(timestamp));

    private ulong NextTimestamp() => _now = Math.Max(_now + 1, MilvusTime.Compose(_time.GetUtcNow().ToUnixTimeMilliseconds() + _shiftMs, 0));
}
