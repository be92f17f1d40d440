using System.Buffers.Binary;
using Google.Protobuf;
using MilvusCdc.Protocol.Pulsar.Codecs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>Makes entries as producers do; for stand-ins, benchmarks and tests.</summary>
public static class PulsarEntryBuilder
{
    /// <summary>A batch. Its count, its compression and its plain size are filled in.</summary>
    public static byte[] Batch(MessageMetadata metadata, IReadOnlyList<(byte[] Value, IReadOnlyList<KeyValue> Properties)> messages)
    {
        using MemoryStream plain = new();
        foreach ((byte[] value, IReadOnlyList<KeyValue> properties) in messages)
        {
            SingleMessageMetadata single = new() { PayloadSize = value.Length, Properties = { properties } };
            WriteNumber(plain, single.CalculateSize());
            single.WriteTo(plain);
            plain.Write(value);
        }

        MessageMetadata stated = metadata.Clone();
        stated.NumMessagesInBatch = messages.Count;
        return Single(stated, plain.ToArray());
    }

    /// <summary>One message that is no batch (or a payload that is framed already).</summary>
    public static byte[] Single(MessageMetadata metadata, byte[] value)
    {
        MessageMetadata stated = metadata.Clone();
        if (stated.Compression != CompressionType.None)
        {
            stated.UncompressedSize = (uint)value.Length;
        }

        return Seal(stated, Codec.Compress(stated.Compression, value));
    }

    /// <summary>An entry of a payload that is compressed already: magic, checksum, metadata, payload.</summary>
    public static byte[] Seal(MessageMetadata metadata, ReadOnlySpan<byte> payload)
    {
        int size = metadata.CalculateSize();
        byte[] entry = new byte[10 + size + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(entry, 0x0e01);
        BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(6), (uint)size);
        metadata.WriteTo(entry.AsSpan(10, size));
        payload.CopyTo(entry.AsSpan(10 + size));
        BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(2), Crc32C.Compute(entry.AsSpan(6)));
        return entry;
    }

    private static void WriteNumber(Stream stream, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        stream.Write(bytes);
    }
}
