using Google.Protobuf;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Timeline;

/// <summary>Takes the channels of a collection into use when the collection is created, each from the position that its creation has in that channel's log.</summary>
internal sealed class ChannelEntry(SourceReader reader, ISourceLog log, ShardRegistry shards, TaskRun run)
{
    private readonly HashSet<long> _entered = [];
    private readonly Dictionary<string, LogPosition> _readUpTo = new(StringComparer.Ordinal);

    /// <summary>Enters the channels of every selected collection that <paramref name="changes"/> create; true when a channel was opened whose ticks must be waited for.</summary>
    public async Task<bool> EnterAsync(IReadOnlyList<CatalogChange> changes, ulong frontier, CancellationToken cancellation)
    {
        bool opened = false;
        foreach (CollectionCreated created in changes.OfType<CollectionCreated>())
        {
            opened |= await EnterAsync(created, frontier, cancellation);
        }

        return opened;
    }

    /// <summary>Enters the channels of the first selected collection that <paramref name="changes"/> create.</summary>
    public async Task<bool> EnterFirstAsync(IReadOnlyList<CatalogChange> changes, ulong frontier, CancellationToken cancellation)
    {
        CollectionCreated? first = changes.OfType<CollectionCreated>().FirstOrDefault(Selects);
        return first is not null && await EnterAsync(first, frontier, cancellation);
    }

    /// <summary>Notes that a collection's channels are in use already: a run that goes on.</summary>
    public void Known(long collection) => _entered.Add(collection);

    /// <summary>
    /// Notes how far a channel was read that the checkpoint knows, though nothing of it lived at the frontier: ticks may stand below a creation that lies before them in the log.
    /// A broker with a subscription of the task need not have more.
    /// </summary>
    public void KnownUpTo(string channel, LogPosition position) => _readUpTo[channel] = position;

    /// <summary>Opens a channel for a collection from the position of its creation, or from the checkpoint's when that is further.</summary>
    public async Task OpenAtStartAsync(SourceCollection collection, string channel, ulong frontier, CancellationToken cancellation)
    {
        LogPosition from = collection.StartPositions.TryGetValue(channel, out ByteString? start) ? SourcePositions.Read(log, start.Span, $"collection {collection.Id} on '{channel}'") : log.Beginning;
        if (_readUpTo.TryGetValue(channel, out LogPosition known) && known > from)
        {
            from = known;
        }

        await reader.OpenAsync(channel, from, frontier, cancellation);
    }

    private bool Selects(CollectionCreated created) => run.Task.Selection.Selects(created.Database, created.Name);

    private async Task<bool> EnterAsync(CollectionCreated created, ulong frontier, CancellationToken cancellation)
    {
        if (!Selects(created) || !_entered.Add(created.CollectionId))
        {
            return false;
        }

        SourceCollection collection = run.Catalog.Collection(created.CollectionId)
            ?? throw new ReplicationStoppedException(TaskPhase.Failed, $"collection {created.CollectionId} ('{created.Database}.{created.Name}') is not in the catalog that told of it");
        bool opened = false;
        foreach (string channel in collection.PhysicalChannels)
        {
            shards.Enter(channel, collection.Id);
            if (!reader.IsOpen(channel))
            {
                await OpenAtStartAsync(collection, channel, Math.Min(frontier, created.Timestamp), cancellation);
                opened = true;
            }
        }

        return opened;
    }
}
