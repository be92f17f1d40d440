using System.Buffers;

namespace MilvusCdc.Protocol.Buffers;

/// <summary>Builds a <see cref="ReadOnlySequence{T}"/> out of pieces that stay where they are: nothing is copied, so the pieces must not change while the sequence is in use.</summary>
public sealed class GatherList
{
    private Piece? first;
    private Piece? last;

    /// <summary>Bytes of all pieces together.</summary>
    public long Length { get; private set; }

    /// <summary>Appends one piece by reference.</summary>
    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        Piece added = new(piece, Length);
        last?.Join(added);
        first ??= added;
        last = added;
        Length += piece.Length;
    }

    /// <summary>Appends every piece of a sequence by reference.</summary>
    public void Add(ReadOnlySequence<byte> pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            Add(piece);
        }
    }

    /// <summary>All pieces so far as one sequence; pieces that are added later do not change it.</summary>
    public ReadOnlySequence<byte> ToSequence() =>
        first is null || last is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public void Join(Piece next) => Next = next;
    }
}
