using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Cuts the source's history into rounds. A round is given out only when everything in it is known: each channel in use has a tick that is not below its boundary, the catalog
/// and the replicate channel were read to their ends after that tick.
/// </summary>
internal sealed class RoundSource(
    SourceReader reader,
    SourceFence fence,
    ShardRegistry shards,
    OperationQueue operations,
    ChannelEntry entry,
    CaughtUpWatch caughtUp,
    AbandonedChannels abandoned,
    TaskRun run)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private ulong _last;
    private long _revision;

    /// <summary>States where the history goes on.</summary>
    public void Begin(ulong frontier)
    {
        _last = frontier;
        _revision = run.Catalog.Revision;
    }

    /// <summary>The next round, or null when it is time to stop.</summary>
    public async Task<Round?> NextAsync(Func<bool> mayStop, CancellationToken abort)
    {
        while (!mayStop())
        {
            reader.ReleasePressure();
            if (await TryNextAsync(abort) is { } round)
            {
                caughtUp.Took(round);
                return round;
            }

            await caughtUp.LookAsync(_last, abort);
            if (await abandoned.LeaveAsync(_last, abort))
            {
                continue;
            }

            await reader.Arrived.WaitAsync(LookAgain, abort);
        }

        return null;
    }

    /// <summary>Stops to read channels on which nothing lives any more.</summary>
    public async Task CloseAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        foreach (string channel in channels)
        {
            await reader.CloseAsync(channel, cancellation);
        }
    }

    private async Task<Round?> TryNextAsync(CancellationToken cancellation)
    {
        if (shards.Channels.Count == 0)
        {
            return await NextWithoutChannelsAsync(cancellation);
        }

        if (Boundary.Next(_last, shards.Channels.Select(reader.Buffer)) is not { } boundary)
        {
            return null;
        }

        await fence.EnsureAsync(boundary, cancellation);
        (long revision, IReadOnlyList<CatalogChange> pending) = Pending(boundary);
        return await entry.EnterAsync(pending, _last, cancellation) ? null : Build(boundary, revision, pending);
    }

    /// <summary>Without a collection there are no ticks: changes are taken as they come, until one of them brings a collection.</summary>
    private async Task<Round?> NextWithoutChannelsAsync(CancellationToken cancellation)
    {
        await fence.NowAsync(cancellation);
        (long revision, IReadOnlyList<CatalogChange> pending) = Pending(ulong.MaxValue);
        if (await entry.EnterFirstAsync(pending, _last, cancellation))
        {
            return null;
        }

        IReadOnlyList<Operation> waiting = operations.UpTo(ulong.MaxValue);
        if (pending.Count == 0 && waiting.Count == 0)
        {
            return null;
        }

        ulong newest = Math.Max(pending.Count > 0 ? pending[^1].Timestamp : 0, waiting.Count > 0 ? waiting[^1].Timestamp : 0);
        return Build(Math.Max(newest, _last), revision, pending);
    }

    private Round Build(ulong boundary, long revision, IReadOnlyList<CatalogChange> changes)
    {
        var groups = new List<RowGroup>();
        var resume = new Dictionary<string, LogPosition>(StringComparer.Ordinal);
        foreach (string channel in shards.Channels)
        {
            var taken = new List<LogEntry>();
            resume[channel] = reader.Buffer(channel).TakeUpTo(boundary, taken);
            groups.AddRange(RoundGroups.Of(channel, taken));
        }

        var round = new Round(boundary, changes, operations.UpTo(boundary), groups, resume);
        run.Progress.Hold(round.Bytes);
        _last = boundary;
        _revision = revision;
        return round;
    }

    /// <summary>Changes up to a boundary that were not in a round yet, oldest first, with those that came late; and the revision they are complete to.</summary>
    private (long Revision, IReadOnlyList<CatalogChange> Changes) Pending(ulong boundary)
    {
        long revision = run.Catalog.Revision;
        CatalogChange[] late = [.. run.Catalog.ArrivedSince(_revision).Where(change => change.Timestamp <= _last)];
        IReadOnlyList<CatalogChange> due = run.Catalog.Changes(_last, boundary);
        return (revision, late.Length == 0 ? due : [.. late, .. due]);
    }
}
