using System.Buffers;
using System.Text;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>Makes one uncompressed record batch, format 2, out of records.</summary>
internal sealed class BatchBuilder
{
    private readonly ArrayBufferWriter<byte> _bytes = new(512);
    private long _firstTimestamp;
    private long _maxTimestamp;

    public BatchBuilder() => Clear();

    public int Count { get; private set; }

    public int Size => _bytes.WrittenCount;

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _bytes.GetSpan(BatchHeader.Length)[..BatchHeader.Length].Clear();
        _bytes.Advance(BatchHeader.Length);
        Count = 0;
    }

    public void Add(bool hasValue, ReadOnlySpan<byte> value, IReadOnlyList<KeyValuePair<string, byte[]>>? headers, long timestampMs)
    {
        if (Count == 0)
        {
            _firstTimestamp = _maxTimestamp = timestampMs;
        }

        _maxTimestamp = Math.Max(_maxTimestamp, timestampMs);
        long timestampDelta = timestampMs - _firstTimestamp;
        int headerCount = headers?.Count ?? 0;
        int length = 1 + SizeOf(timestampDelta) + SizeOf(Count) + SizeOf(-1) + SizeOf(hasValue ? value.Length : -1) + value.Length + SizeOf(headerCount);
        for (int i = 0; i < headerCount; i++)
        {
            int name = Encoding.UTF8.GetByteCount(headers![i].Key);
            length += SizeOf(name) + name + SizeOf(headers[i].Value.Length) + headers[i].Value.Length;
        }

        WriteVarint(length);
        _bytes.Write((ReadOnlySpan<byte>)[0]);
        WriteVarint(timestampDelta);
        WriteVarint(Count);
        WriteVarint(-1);
        WriteVarint(hasValue ? value.Length : -1);
        _bytes.Write(value);
        WriteVarint(headerCount);
        for (int i = 0; i < headerCount; i++)
        {
            byte[] name = Encoding.UTF8.GetBytes(headers![i].Key);
            WriteVarint(name.Length);
            _bytes.Write(name);
            WriteVarint(headers[i].Value.Length);
            _bytes.Write(headers[i].Value);
        }

        Count++;
    }

    /// <summary>The finished batch, with base offset 0.</summary>
    public byte[] ToArray()
    {
        byte[] batch = _bytes.WrittenSpan.ToArray();
        BatchHeader.Write(batch, Count, _firstTimestamp, _maxTimestamp);
        return batch;
    }

    private static int SizeOf(long value) => VarintBytes(ZigZag(value));

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static int VarintBytes(ulong value) => (64 - System.Numerics.BitOperations.LeadingZeroCount(value | 1) + 6) / 7;

    private void WriteVarint(long value)
    {
        ulong rest = ZigZag(value);
        Span<byte> target = _bytes.GetSpan(10);
        int at = 0;
        for (; rest >= 0x80; rest >>= 7)
        {
            target[at++] = (byte)(rest | 0x80);
        }

        target[at++] = (byte)rest;
        _bytes.Advance(at);
    }
}
