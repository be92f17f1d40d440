namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>One topic's only partition: an append-only run of segments with dense offsets.</summary>
internal sealed class TopicLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SegmentStore _store;
    private readonly int _segmentBytes;
    private readonly long _retentionBytes;
    private readonly List<Segment> _segments;
    private readonly ProducerWindows _producers = new();
    private long _first;
    private bool _closed;

    public TopicLog(string name, SegmentStore store, int segmentBytes, long retentionBytes, out long cut)
    {
        Name = name;
        _store = store;
        _segmentBytes = segmentBytes;
        _retentionBytes = retentionBytes;
        (_segments, long start) = store.Load(_producers.Remember, out cut);
        if (_segments.Count == 0)
        {
            _segments.Add(store.Create(start));
        }

        _first = Math.Max(start, _segments[0].BaseOffset);
    }

    public string Name { get; }

    public (long First, long End) Bounds
    {
        get
        {
            lock (_gate)
            {
                return (_first, _segments[^1].NextOffset);
            }
        }
    }

    /// <summary>Appends one checked batch and returns its first offset; null when the topic is deleted. A batch that an idempotent producer sends again keeps its first place.</summary>
    public long? Append(Span<byte> batch, in BatchHeader header)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return null;
            }

            if (_producers.Find(header) is { } placed)
            {
                return placed;
            }

            Segment active = _segments[^1];
            if (active.Size > 0 && active.Size + header.Size > _segmentBytes)
            {
                active = _store.Create(active.NextOffset);
                _segments.Add(active);
            }

            BatchHeader now = header with { BaseOffset = active.NextOffset };
            BatchHeader.Place(batch, now.BaseOffset);
            active.Append(batch, now);
            _producers.Remember(now);
            Retain();
            return now.BaseOffset;
        }
    }

    /// <summary>Whole batches from <paramref name="offset"/> on; null at the end of the log. The caller has checked the bounds; an offset that was dropped since reads as nothing.</summary>
    public BatchBlock? Read(long offset, int maxBytes)
    {
        lock (_gate)
        {
            if (_closed || offset < _first)
            {
                return null;
            }

            foreach (Segment segment in _segments)
            {
                if (offset < segment.NextOffset)
                {
                    return segment.Read(offset, maxBytes);
                }
            }

            return null;
        }
    }

    /// <summary>The first record at or after a time, or null when all are older.</summary>
    public (long Offset, long TimestampMs)? FindTime(long timestampMs)
    {
        lock (_gate)
        {
            foreach (Segment segment in _segments)
            {
                if (segment.NextOffset > _first && segment.FindTime(timestampMs, _first) is { } found)
                {
                    return found;
                }
            }

            return null;
        }
    }

    /// <summary>Drops all records before an offset.</summary>
    public void Trim(long newFirst)
    {
        lock (_gate)
        {
            long end = _segments[^1].NextOffset;
            if (newFirst < _first || newFirst > end)
            {
                throw new ArgumentOutOfRangeException(nameof(newFirst), newFirst, $"topic '{Name}' has the offsets {_first} to {end}");
            }

            _first = newFirst;
            _store.SaveStart(newFirst);
            while (_segments.Count > 1 && _segments[0].NextOffset <= newFirst)
            {
                DropOldest();
            }
        }
    }

    public void Delete()
    {
        lock (_gate)
        {
            Dispose();
            _segments.ForEach(segment => segment.Delete());
            _store.Delete();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _segments.ForEach(segment => segment.Dispose());
        }
    }

    private void Retain()
    {
        long held = 0;
        foreach (Segment segment in _segments)
        {
            held += segment.Size;
        }

        while (_segments.Count > 1 && held - _segments[0].Size >= _retentionBytes)
        {
            held -= _segments[0].Size;
            _first = Math.Max(_first, _segments[0].NextOffset);
            DropOldest();
        }
    }

    private void DropOldest()
    {
        _segments[0].Delete();
        _segments.RemoveAt(0);
    }
}
