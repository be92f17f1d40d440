using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Timeline;

/// <summary>Says whether everything that the source had at the last look is on the target. It looks when the timeline has nothing to do, and not more often than four times a second.</summary>
internal sealed class CaughtUpWatch(
    ISourceLog log, SourceReader reader, ShardRegistry shards, OperationQueue operations, Committer committer, SilenceWatch silence, TaskRun run, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private long _lookedAt;

    /// <summary>A round was taken: one that holds anything ends the state until it is committed.</summary>
    public void Took(Round round)
    {
        silence.Clear();
        if (round.HasOperations || round.Groups.Count > 0)
        {
            run.Progress.CaughtUp = false;
        }
    }

    /// <summary>Looks at the ends of all channels.</summary>
    public async Task LookAsync(ulong last, CancellationToken cancellation)
    {
        if (_lookedAt != 0 && time.GetElapsedTime(_lookedAt) < Pause)
        {
            return;
        }

        _lookedAt = time.GetTimestamp();
        bool allRead = await AllReadAsync(cancellation);
        if (allRead)
        {
            run.Progress.SawHead(time.GetTimestamp());
        }

        run.Progress.CaughtUp = allRead
            && committer.InFlight == 0
            && operations.IsEmpty
            && run.Catalog.Changes(last, ulong.MaxValue).Count == 0;
    }

    private async Task<bool> AllReadAsync(CancellationToken cancellation)
    {
        bool all = true;
        foreach (string channel in shards.Channels)
        {
            ChannelBuffer buffer = reader.Buffer(channel);
            LogPosition next = buffer.Next;
            LogBounds? bounds = await log.GetBoundsAsync(channel, cancellation);
            all &= !buffer.HasEntries && bounds is { } there && next >= there.End;
            if (!buffer.HasTicks)
            {
                silence.Look(channel, next, bounds);
            }
        }

        return all && (await log.GetBoundsAsync(operations.Channel, cancellation) is not { } end || operations.Next >= end.End);
    }
}
