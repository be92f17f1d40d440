using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>What Query and Search share: waiting until a collection can be read as its consistency level asks, and which of its rows can be seen.</summary>
internal sealed class ReadGate(Instance instance)
{
    /// <summary>Waits for a load that goes on (103 when it takes too long), then for ticks, as long as the caller does.</summary>
    public async ValueTask WaitAsync(Collection collection, ReadPoint point, CancellationToken cancellation)
    {
        TimeSpan patience = instance.Options.LoadPatience;
        bool loaded = await instance.UntilAsync(
            () => collection.Load is not { Done: false }, instance.Options.SkipWaits ? TimeSpan.Zero : patience, cancellation);
        if (!loaded)
        {
            throw new RefusalException(103, ErrorCode.UnexpectedError,
                $"attempt #{Backoff.AttemptsIn(patience)}: collection not fully loaded[collection={collection.Id}]");
        }

        await instance.UntilAsync(
            () => instance.Options.TtMsgEnabled || collection.Shards.TrueForAll(s => s.Tick >= point.Guarantee), Timeout.InfiniteTimeSpan, cancellation);
    }

    /// <summary>Rows of a moment, of loaded partitions, that fit. The caller holds the gate.</summary>
    public static IEnumerable<RowVersion> Visible(Collection collection, IReadOnlyCollection<string> partitionNames, Filter? filter, ulong moment)
    {
        HashSet<long> partitions = (partitionNames.Count > 0 ? partitionNames.Select(collection.Partition) : collection.Partitions)
            .Where(collection.IsLoaded).Select(p => p.Id).ToHashSet();
        return collection.Rows
            .Where(r => r.VisibleAt(moment) && partitions.Contains(r.PartitionId))
            .Where(r => filter is null || FilterEvaluator.Fits(filter, new FilterRow(collection, r)));
    }
}
