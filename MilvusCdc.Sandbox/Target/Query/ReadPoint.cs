using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>From which tick on a read may run, and which moment it shows.</summary>
/// <param name="Guarantee">Every shard must have a tick at or above this.</param>
/// <param name="Moment">Rows up to this timestamp are shown.</param>
internal readonly record struct ReadPoint(ulong Guarantee, ulong Moment)
{
    private const ulong BoundedMark = 2;
    private const ulong Newest = ulong.MaxValue - 1;
    private const ulong Grace = 5000ul << 18;

    /// <summary>As a 2.3.5 proxy reads the fields of a Query or Search (guarantee_timestamp: 0 strong, 1 eventually, 2 bounded, else itself).</summary>
    public static ReadPoint Of(ConsistencyLevel level, bool levelIsDefault, ulong given, ulong now)
    {
        if (!levelIsDefault && level == ConsistencyLevel.Strong && given > 0)
        {
            return given == BoundedMark ? Bounded(now) : new ReadPoint(given, Newest);
        }

        return level switch
        {
            ConsistencyLevel.Strong => new ReadPoint(now, now),
            ConsistencyLevel.Bounded => Bounded(now),
            ConsistencyLevel.Eventually => new ReadPoint(1, Newest),
            _ => new ReadPoint(given, Newest),
        };
    }

    private static ReadPoint Bounded(ulong now) => new(now > Grace ? now - Grace : 0, Newest);
}
