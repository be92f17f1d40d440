using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>Which shard a key belongs to (milvus-source-formats.md §3.4).</summary>
internal static class ShardOfKey
{
    private const int HashedTextBytes = 100;

    public static uint Hash(PrimaryKey key) => key.Text is { } text ? Crc32(Encoding.UTF8.GetBytes(text)) : Murmur(key.Number) & 0x7fffffff;

    private static uint Crc32(byte[] text)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in text.AsSpan(0, Math.Min(text.Length, HashedTextBytes)))
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    /// <summary>MurmurHash3 x86 32 bit, seed 0, over the eight bytes.</summary>
    private static uint Murmur(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        uint hash = 0;
        for (int i = 0; i < 8; i += 4)
        {
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]) * 0xcc9e2d51;
            hash ^= BitOperations.RotateLeft(k, 15) * 0x1b873593;
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xe6546b64;
        }

        hash ^= 8;
        hash ^= hash >> 16;
        hash *= 0x85ebca6b;
        hash ^= hash >> 13;
        hash *= 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }
}
