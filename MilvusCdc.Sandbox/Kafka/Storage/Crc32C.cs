using System.Buffers.Binary;
using System.Numerics;

namespace MilvusCdc.Sandbox.Kafka.Storage;

/// <summary>CRC-32C (Castagnoli), the checksum of Kafka's record batches.</summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte one in data)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }
}
