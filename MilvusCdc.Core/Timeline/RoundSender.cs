using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>Sends groups to their target pchannels, without ticks: a target shows rows only up to its tick, so this costs no freshness.</summary>
internal sealed class RoundSender(TargetSession session, TaskRun run, Router router, ReplicationTelemetry telemetry)
{
    private long _bytes;

    /// <summary>Bytes sent and not acknowledged.</summary>
    public long BytesInFlight => Volatile.Read(ref _bytes);

    /// <summary>Sends groups; ends when the target has acknowledged all of them.</summary>
    public Task SendAsync(IEnumerable<RowGroup> groups) => Task.WhenAll(groups.Select(SendAsync).ToArray());

    private Task SendAsync(RowGroup group)
    {
        if (router.Find(group, run.Catalog) is not { } route)
        {
            return Task.CompletedTask;
        }

        ChannelLane lane = session.Lane(run.Task.Id, route.PChannel);
        long size = 0;
        var sent = new List<Task>();
        foreach (var element in group.Elements(route.Patch))
        {
            size += element.Length;
            sent.Add(lane.Send(element, group.First, group.Last));
        }

        Interlocked.Add(ref _bytes, size);
        return FinishAsync(Task.WhenAll(sent), group, route, size);
    }

    private async Task FinishAsync(Task sent, RowGroup group, Route route, long size)
    {
        Exception? fault = null;
        try
        {
            await sent;
            run.Progress.Counters.Written(group.SourceChannel, group.Kind, size);
            run.Progress.Counters.Called("ReplicateMessage");
            if (run.Progress.Collections.TryGetValue(group.CollectionId, out CollectionProgress? shown))
            {
                shown.Count(group.Kind == MsgType.Insert ? group.Rows : 0, group.Kind == MsgType.Delete ? group.Rows : 0);
            }
        }
        catch (Exception e)
        {
            // Only to put it on the spans: it goes on to whoever waits for the round.
            fault = e;
            throw;
        }
        finally
        {
            Interlocked.Add(ref _bytes, -size);
            telemetry.Processed(group, route, fault);
        }
    }
}
