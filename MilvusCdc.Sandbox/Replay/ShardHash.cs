using System.Buffers.Binary;
using System.Numerics;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>Where Milvus puts a row: MurmurHash3 (x86, 32 bit, seed 0) of the key's 8 bytes, without the sign bit, modulo the number of shards.</summary>
internal static class ShardHash
{
    private const uint C1 = 0xCC9E2D51;
    private const uint C2 = 0x1B873593;

    /// <summary>The shard of an int64 key; the index into the collection's virtual channels.</summary>
    public static int ShardOf(long key, int shards) => (int)((Hash(key) & 0x7FFFFFFF) % (uint)shards);

    internal static uint Hash(long key)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, key);
        uint hash = 0;
        for (int at = 0; at < 8; at += 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) * C1;
            hash ^= BitOperations.RotateLeft(word, 15) * C2;
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xE6546B64;
        }

        hash ^= 8;
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }
}
