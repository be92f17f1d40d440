using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MilvusCdc.Sandbox.Kafka.Storage;

namespace MilvusCdc.Sandbox.Kafka.Wire;

/// <summary>Builds one answer, big-endian. Record batches are not copied into it but lie between its pieces.</summary>
internal sealed class WireWriter : IDisposable
{
    // A smaller block is cheaper to copy than to send by itself.
    private const int CopyUpTo = 16 << 10;
    private readonly ArrayBufferWriter<byte> _bytes = new(256);
    private readonly List<(int At, BatchBlock Block)> _blocks = [];
    private long _blockBytes;

    public WireWriter(int correlationId)
    {
        Int32(0);
        Int32(correlationId);
    }

    public WireWriter Int8(sbyte value)
    {
        _bytes.GetSpan(1)[0] = (byte)value;
        _bytes.Advance(1);
        return this;
    }

    public WireWriter Bool(bool value) => Int8(value ? (sbyte)1 : (sbyte)0);

    public WireWriter Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
        return this;
    }

    public WireWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public WireWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public WireWriter Error(KafkaError error) => Int16((short)error);

    public WireWriter String(string? value)
    {
        if (value is null)
        {
            return Int16(-1);
        }

        Int16((short)Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _bytes);
        return this;
    }

    /// <summary>The length and the batches; disposes of the block when the answer is sent.</summary>
    public WireWriter Records(BatchBlock? batches)
    {
        if (batches is not { } block)
        {
            return Int32(0);
        }

        Int32(block.Bytes.Length);
        if (block.Bytes.Length <= CopyUpTo)
        {
            _bytes.Write(block.Bytes.Span);
            block.Dispose();
        }
        else
        {
            _blocks.Add((_bytes.WrittenCount, block));
            _blockBytes += block.Bytes.Length;
        }

        return this;
    }

    /// <summary>Bytes of the whole frame.</summary>
    public long Size => _bytes.WrittenCount + _blockBytes;

    /// <summary>The pieces of the frame in order, its length first.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Frame()
    {
        byte[] bytes = _bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, checked((int)(bytes.Length - 4 + _blockBytes)));
        int from = 0;
        foreach ((int at, BatchBlock block) in _blocks)
        {
            yield return bytes.AsMemory(from..at);
            yield return block.Bytes;
            from = at;
        }

        if (from < bytes.Length)
        {
            yield return bytes.AsMemory(from);
        }
    }

    public void Dispose() => _blocks.ForEach(each => each.Block.Dispose());
}
