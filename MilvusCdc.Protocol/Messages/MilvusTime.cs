namespace MilvusCdc.Protocol.Messages;

/// <summary>Milvus's hybrid timestamp: Unix milliseconds in the upper 46 bits, a logical counter in the lower 18 (<c>milvus-source-formats.md</c> §3.5).</summary>
public static class MilvusTime
{
    /// <summary>Bits of the logical part.</summary>
    public const int LogicalBits = 18;

    private const uint LogicalMask = (1u << LogicalBits) - 1;
    private const long LargestPhysical = (1L << (64 - LogicalBits)) - 1;

    /// <summary>The timestamp of a physical time and a logical counter.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative or over 46 bits, or the counter over 18.</exception>
    public static ulong Compose(long physicalMs, uint logical)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(physicalMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(physicalMs, LargestPhysical);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logical, LogicalMask);
        return ((ulong)physicalMs << LogicalBits) | logical;
    }

    /// <summary>Unix milliseconds.</summary>
    public static long PhysicalMs(ulong timestamp) => (long)(timestamp >> LogicalBits);

    /// <summary>The logical counter, 0 to 262,143.</summary>
    public static uint Logical(ulong timestamp) => (uint)timestamp & LogicalMask;
}
