namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>A segment in one growing array. What is written is never changed, so a reader may keep a view of an outgrown array.</summary>
internal sealed class MemorySegment(long baseOffset) : Segment(baseOffset)
{
    private byte[] _bytes = new byte[4096];

    public override void Delete() => _bytes = [];

    protected override void Write(long position, ReadOnlySpan<byte> bytes)
    {
        long needed = position + bytes.Length;
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, _bytes.Length * 2L)));
        }

        bytes.CopyTo(_bytes.AsSpan((int)position));
    }

    protected override void Peek(long position, Span<byte> target) => _bytes.AsSpan((int)position, target.Length).CopyTo(target);

    protected override BatchBlock View(long position, int length) => new(_bytes.AsMemory((int)position, length), rented: null);
}
