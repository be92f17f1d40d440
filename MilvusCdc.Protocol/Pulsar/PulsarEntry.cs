using System.Buffers.Binary;
using Google.Protobuf;
using MilvusCdc.Protocol.Pulsar.Codecs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>One message of an entry.</summary>
/// <param name="Index">Its place in the batch; −1: the entry is no batch.</param>
/// <param name="Value">Its bytes, in an array of their own.</param>
/// <param name="Properties">As the producer stated them.</param>
public readonly record struct EntryMessage(int Index, ReadOnlyMemory<byte> Value, IReadOnlyList<KeyValue> Properties);

/// <summary>
/// One entry of a topic: <c>[0e02 | u32 size | broker metadata] | 0e01 | u32 crc32c | u32 metadata size | metadata | payload</c>. The checksum covers everything after it.
/// </summary>
/// <param name="Metadata">What the producer stated.</param>
/// <param name="Payload">Still compressed; it shares the bytes it was read from.</param>
public readonly record struct PulsarEntry(MessageMetadata Metadata, ReadOnlyMemory<byte> Payload)
{
    private const ushort ChecksumMagic = 0x0e01;
    private const ushort BrokerMagic = 0x0e02;
    private const int SaneSize = 256 << 20;

    /// <summary>How many permits the entry costs.</summary>
    public int Count => Math.Max(1, Metadata.NumMessagesInBatch);

    /// <summary>Whether it is a piece of a message that was cut up.</summary>
    public bool IsChunk => Metadata.HasNumChunksFromMsg && Metadata.NumChunksFromMsg > 1;

    /// <summary>Reads an entry and checks its checksum. Throws <see cref="InvalidDataException"/>.</summary>
    public static PulsarEntry Parse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte> rest = bytes;
        if (Magic(rest) == BrokerMagic)
        {
            uint skip = Number(rest, 2);
            Codec.Check(skip <= rest.Length - 6, "its broker metadata is longer than the entry");
            rest = rest[(6 + (int)skip)..];
        }

        // Without the magic there is no checksum: producers of Pulsar 1 wrote none.
        if (Magic(rest) == ChecksumMagic)
        {
            uint stated = Number(rest, 2), found = Crc32C.Compute(rest.Span[6..]);
            Codec.Check(stated == found, $"its checksum is {found:x8}, stated is {stated:x8}");
            rest = rest[6..];
        }

        uint size = Number(rest, 0);
        Codec.Check(size <= rest.Length - 4, "its metadata is longer than the entry");
        try
        {
            return new PulsarEntry(MessageMetadata.Parser.ParseFrom(rest.Span.Slice(4, (int)size)), rest[(4 + (int)size)..]);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new InvalidDataException($"its metadata cannot be read: {broken.Message}", broken);
        }
    }

    /// <summary>How many messages an entry holds, without looking at its checksum; 1 when that cannot be read.</summary>
    public static int CountOf(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Parse(bytes).Count;
        }
        catch (InvalidDataException)
        {
            return 1;
        }
    }

    /// <summary>All messages of the entry, in order. Throws <see cref="InvalidDataException"/>.</summary>
    public IReadOnlyList<EntryMessage> Messages() => Messages(Payload.Span);

    /// <summary>All messages of a payload that was put together of pieces.</summary>
    public IReadOnlyList<EntryMessage> Messages(ReadOnlySpan<byte> payload)
    {
        Codec.Check(Metadata.EncryptionKeys.Count == 0, "it is encrypted");
        byte[] plain;
        if (Metadata.Compression == CompressionType.None)
        {
            plain = payload.ToArray();
        }
        else
        {
            Codec.Check(Metadata.UncompressedSize <= SaneSize, $"it states {Metadata.UncompressedSize} bytes of plain payload");
            plain = Codec.Decompress(Metadata.Compression, payload, (int)Metadata.UncompressedSize);
        }

        return Metadata.HasNumMessagesInBatch ? Split(plain) : [new EntryMessage(-1, plain, Metadata.Properties)];
    }

    private EntryMessage[] Split(byte[] plain)
    {
        Codec.Check(Metadata.NumMessagesInBatch is > 0 and < 1 << 20, $"it states {Metadata.NumMessagesInBatch} messages");
        EntryMessage[] messages = new EntryMessage[Metadata.NumMessagesInBatch];
        ReadOnlyMemory<byte> rest = plain;
        for (int index = 0; index < messages.Length; index++)
        {
            uint size = Number(rest, 0);
            Codec.Check(size <= rest.Length - 4, $"message {index} of its batch is longer than the batch");
            SingleMessageMetadata single = Single(rest.Span.Slice(4, (int)size), index);
            rest = rest[(4 + (int)size)..];
            Codec.Check(single.PayloadSize >= 0 && single.PayloadSize <= rest.Length, $"message {index} of its batch is longer than the batch");
            messages[index] = new EntryMessage(index, rest[..single.PayloadSize], single.Properties);
            rest = rest[single.PayloadSize..];
        }

        return messages;
    }

    private static SingleMessageMetadata Single(ReadOnlySpan<byte> bytes, int index)
    {
        try
        {
            return SingleMessageMetadata.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new InvalidDataException($"the metadata of message {index} of its batch cannot be read: {broken.Message}", broken);
        }
    }

    private static ushort Magic(ReadOnlyMemory<byte> bytes) => bytes.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes.Span) : (ushort)0;

    private static uint Number(ReadOnlyMemory<byte> bytes, int at)
    {
        Codec.Check(bytes.Length >= at + 4, "it ends too early");
        return BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[at..]);
    }
}
