using System.Buffers;

namespace MilvusCdc.Protocol.Buffers;

/// <summary>Builds one <see cref="ReadOnlySequence{T}"/> of many pieces that lie in different buffers; the bytes stay where they are.</summary>
public sealed class GatherList
{
    private Segment? _first;
    private Segment? _last;

    /// <summary>Bytes added so far.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a piece; an empty one is left out. The buffer must stay unchanged as long as the sequence is in use.</summary>
    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        Segment added = new(piece, Length);
        if (_last is null)
        {
            _first = added;
        }
        else
        {
            _last.Append(added);
        }

        _last = added;
        Length += piece.Length;
    }

    /// <summary>Adds every piece of a sequence.</summary>
    public void Add(ReadOnlySequence<byte> pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            Add(piece);
        }
    }

    /// <summary>All that was added, in order.</summary>
    public ReadOnlySequence<byte> ToSequence() =>
        _first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public void Append(Segment next) => Next = next;
    }
}
