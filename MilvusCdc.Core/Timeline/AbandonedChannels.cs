using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Leaves channels whose last collection the source has dropped without a drop message: nothing ticks there any more, so they would hold the frontier for ever, and with it everything that comes later.
/// Milvus writes the message within milliseconds of the drop, and at its next start when it dies in between; while it is dead, its time does not go on either.
/// </summary>
internal sealed class AbandonedChannels(ISourceLog log, SourceReader reader, ShardRegistry shards, TaskRun run, TimeProvider time)
{
    /// <summary>How far the source's own time must have gone on after the drop.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>How long the channel must have been silent, by our time, with its log read to the end.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, (LogPosition Next, long Since)> _seen = new(StringComparer.Ordinal);
    private long _lookedAt;

    /// <summary>Looks at the channels that no tick is waiting on, not more often than once a second; true when one was left.</summary>
    public async Task<bool> LeaveAsync(ulong frontier, CancellationToken cancellation)
    {
        if (_lookedAt != 0 && time.GetElapsedTime(_lookedAt) < Pause)
        {
            return false;
        }

        _lookedAt = time.GetTimestamp();
        bool left = false;
        foreach (string channel in shards.Channels.Where(channel => !reader.Buffer(channel).HasTicks).ToList())
        {
            if (IsSilent(channel) && IsDropped(channel, frontier) && await IsReadToItsEndAsync(channel, cancellation))
            {
                shards.Abandon(channel);
                await reader.CloseAsync(channel, cancellation);
                run.Progress.Notice("channels left because a dropped collection's drop message never came");
                left = true;
            }
        }

        return left;
    }

    private bool IsSilent(string channel)
    {
        LogPosition next = reader.Buffer(channel).Next;
        if (!_seen.TryGetValue(channel, out (LogPosition Next, long Since) seen) || seen.Next != next)
        {
            _seen[channel] = (next, time.GetTimestamp());
            return false;
        }

        return time.GetElapsedTime(seen.Since) >= Silence;
    }

    private bool IsDropped(string channel, ulong frontier)
    {
        IReadOnlyList<CatalogChange> known = run.Catalog.Changes(frontier, ulong.MaxValue);
        ulong sourceTime = Math.Max(reader.NewestTick, known.Count > 0 ? known[^1].Timestamp : 0);
        ulong grace = MilvusTime.Compose((long)Grace.TotalMilliseconds, 0);

        // One that the catalog no longer knows was dropped long ago.
        return shards.Living(channel).All(id => run.Catalog.Collection(id) is not { } collection || (collection.DroppedAt is { } dropped && dropped + grace <= sourceTime));
    }

    private async Task<bool> IsReadToItsEndAsync(string channel, CancellationToken cancellation) =>
        await log.GetBoundsAsync(channel, cancellation) is not { } bounds || reader.Buffer(channel).Next >= bounds.End;
}
