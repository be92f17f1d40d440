namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>A piece of one topic's log: batches one after the other, with a sparse index over them. Not thread-safe: the topic's lock guards it.</summary>
internal abstract class Segment(long baseOffset) : IDisposable
{
    private const int IndexEvery = 4096;
    private readonly List<(long Offset, long Position)> _index = [];
    private long _indexedTo = -IndexEvery;

    public long BaseOffset { get; } = baseOffset;

    public long NextOffset { get; private set; } = baseOffset;

    /// <summary>Bytes held.</summary>
    public long Size { get; private set; }

    public long MaxTimestamp { get; private set; } = long.MinValue;

    public void Append(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        Write(Size, batch);
        Count(header);
    }

    /// <summary>Whole batches from the one that holds <paramref name="offset"/> on, up to <paramref name="maxBytes"/> but at least one.</summary>
    public BatchBlock Read(long offset, int maxBytes)
    {
        (long position, BatchHeader first) = Find(offset);
        int wanted = (int)Math.Min(Size - position, Math.Max(maxBytes, first.Size));
        BatchBlock block = View(position, wanted);
        int whole = 0;
        while (BatchHeader.TryRead(block.Bytes.Span[whole..], out BatchHeader header) && whole + header.Size <= wanted)
        {
            whole += header.Size;
        }

        return block.Cut(whole);
    }

    /// <summary>The first record at or after a time, or null when none of this segment is.</summary>
    public (long Offset, long TimestampMs)? FindTime(long timestampMs, long notBefore)
    {
        if (MaxTimestamp < timestampMs)
        {
            return null;
        }

        Span<byte> head = stackalloc byte[BatchHeader.Length];
        for (long position = 0; position < Size;)
        {
            BatchHeader header = HeaderAt(position, head);
            if (header.MaxTimestamp >= timestampMs && header.NextOffset > notBefore)
            {
                using BatchBlock block = View(position, header.Size);
                (long offset, long found) = RecordTimestamps.FirstAtOrAfter(block.Bytes.Span, header, timestampMs);
                return (Math.Max(offset, notBefore), found);
            }

            position += header.Size;
        }

        return null;
    }

    /// <summary>Forgets the segment for good.</summary>
    public abstract void Delete();

    public virtual void Dispose() => GC.SuppressFinalize(this);

    protected void Count(in BatchHeader header)
    {
        if (Size - _indexedTo >= IndexEvery)
        {
            _index.Add((header.BaseOffset, Size));
            _indexedTo = Size;
        }

        Size += header.Size;
        NextOffset = header.NextOffset;
        MaxTimestamp = Math.Max(MaxTimestamp, header.MaxTimestamp);
    }

    protected abstract void Write(long position, ReadOnlySpan<byte> bytes);

    protected abstract void Peek(long position, Span<byte> target);

    protected abstract BatchBlock View(long position, int length);

    private (long Position, BatchHeader Header) Find(long offset)
    {
        int low = 0;
        int high = _index.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _index[middle].Offset <= offset ? (middle, high) : (low, middle - 1);
        }

        Span<byte> head = stackalloc byte[BatchHeader.Length];
        long position = _index[low].Position;
        BatchHeader header = HeaderAt(position, head);
        while (header.NextOffset <= offset)
        {
            position += header.Size;
            header = HeaderAt(position, head);
        }

        return (position, header);
    }

    private BatchHeader HeaderAt(long position, Span<byte> head)
    {
        Peek(position, head);
        return BatchHeader.TryRead(head, out BatchHeader header)
            ? header
            : throw new InvalidDataException($"The segment that begins at offset {BaseOffset} has no batch at byte {position}.");
    }
}
