using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>Milvus timestamps as a person reads them.</summary>
internal static class HybridTime
{
    /// <summary>The moment of a timestamp.</summary>
    public static DateTimeOffset Moment(ulong timestamp) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(MilvusTime.PhysicalMs(timestamp), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
