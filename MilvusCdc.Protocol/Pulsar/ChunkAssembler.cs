using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar.Codecs;
using MilvusCdc.Protocol.Pulsar.Wire;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>Puts messages together that a producer cut into several entries. The pieces of several producers may lie between each other.</summary>
internal sealed class ChunkAssembler
{
    private const int LargestMessage = 256 << 20;
    private readonly Dictionary<string, Partial> _partials = new(StringComparer.Ordinal);

    /// <summary>The first entry of all messages that are not complete, or null.</summary>
    public LogPosition? FirstOpen => _partials.Count == 0 ? null : _partials.Values.Min(partial => partial.First);

    public void Clear() => _partials.Clear();

    /// <summary>
    /// Adds a piece: the whole payload when it was the last one, null while more must come. <paramref name="isOrphan"/>: its beginning was not seen. Throws <see cref="InvalidDataException"/>.
    /// </summary>
    public byte[]? Add(LogPosition at, PulsarEntry entry, out bool isOrphan)
    {
        MessageMetadata metadata = entry.Metadata;
        isOrphan = false;
        if (metadata.ChunkId == 0)
        {
            Codec.Check(metadata.TotalChunkMsgSize is > 0 and <= LargestMessage, $"it states {metadata.TotalChunkMsgSize} bytes in {metadata.NumChunksFromMsg} pieces");
            _partials[metadata.Uuid] = new Partial(at, new byte[metadata.TotalChunkMsgSize]);
        }

        if (!_partials.TryGetValue(metadata.Uuid, out Partial? partial))
        {
            isOrphan = true;
            return null;
        }

        if (metadata.ChunkId < partial.Next)
        {
            // Sent twice by its producer.
            return null;
        }

        Codec.Check(metadata.ChunkId == partial.Next && entry.Payload.Length <= partial.Bytes.Length - partial.Filled, $"piece {metadata.ChunkId} of its message does not fit those before it");
        entry.Payload.CopyTo(partial.Bytes.AsMemory(partial.Filled));
        partial.Filled += entry.Payload.Length;
        partial.Next++;
        if (partial.Next < metadata.NumChunksFromMsg)
        {
            return null;
        }

        _partials.Remove(metadata.Uuid);
        Codec.Check(partial.Filled == partial.Bytes.Length, "its pieces do not give the stated number of bytes");
        return partial.Bytes;
    }

    private sealed class Partial(LogPosition first, byte[] bytes)
    {
        public LogPosition First => first;

        public byte[] Bytes => bytes;

        public int Filled { get; set; }

        public int Next { get; set; }
    }
}
