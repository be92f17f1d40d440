namespace MilvusCdc.Sandbox.Replay;

/// <summary>Milvus timestamps: milliseconds since 1970 shifted by 18 bits, and a counter below.</summary>
internal static class HybridTime
{
    private const int LogicalBits = 18;

    /// <summary>The timestamp of a millisecond.</summary>
    public static ulong Of(long unixMilliseconds, int logical = 0) => ((ulong)unixMilliseconds << LogicalBits) + (ulong)logical;

    /// <summary>The millisecond of a timestamp.</summary>
    public static long Milliseconds(ulong timestamp) => (long)(timestamp >> LogicalBits);

    /// <summary>The moment of a timestamp.</summary>
    public static DateTimeOffset Moment(ulong timestamp) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(Milliseconds(timestamp), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
