using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Source;

/// <summary>
/// Makes sure that everything is known that happened up to a tick. Milvus lets no tick pass a change of its metadata before that change is in etcd, so a catalog that
/// has caught up with etcd after the tick was read is complete up to the tick; and what the replicate channel held at that moment has been read.
/// </summary>
internal sealed class SourceFence(CatalogWatcher catalog, ISourceLog log, SourceReader reader, OperationQueue operations)
{
    private ulong _completeTo;

    /// <summary>Waits until the catalog and the operations are complete up to <paramref name="tick"/>; one fence serves all ticks read before it began.</summary>
    public async Task EnsureAsync(ulong tick, CancellationToken cancellation)
    {
        if (tick <= _completeTo)
        {
            return;
        }

        ulong covers = reader.NewestTick;
        await NowAsync(cancellation);
        _completeTo = covers;
    }

    /// <summary>Waits until everything is known that the catalog and the replicate channel hold at this moment.</summary>
    public Task NowAsync(CancellationToken cancellation) => Task.WhenAll(catalog.FenceAsync(cancellation), ReadOperationsAsync(cancellation));

    private async Task ReadOperationsAsync(CancellationToken cancellation)
    {
        if (await log.GetBoundsAsync(operations.Channel, cancellation) is not { } bounds)
        {
            return;
        }

        while (operations.Next < bounds.End)
        {
            // The reader sets the signal for every message; the time limit only guards against a wake-up that another waiter took.
            await reader.Arrived.WaitAsync(TimeSpan.FromMilliseconds(50), cancellation);
        }
    }
}
