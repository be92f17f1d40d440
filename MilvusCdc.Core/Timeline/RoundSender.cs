using System.Buffers;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Timeline;

/// <summary>Sends groups to their target pchannels, without ticks: a target shows rows only up to its tick, so this costs no freshness.</summary>
internal sealed class RoundSender(TargetSession session, TaskRun run, Router router, CarefulSender careful, ReplicationTelemetry telemetry)
{
    /// <summary>Whether other tasks of the target wait for this one, which lags far behind them.</summary>
    public bool OthersWait => session.Ticks.OthersWaitFor(run.Task.Id);

    /// <summary>Lets the ticks of other tasks pass, at a moment when nothing of this one is on the way.</summary>
    public Task LetOthersPassAsync() => session.SendDueAsync();

    /// <summary>
    /// Sends groups; ends when the target has acknowledged all of them, and what is refused of them is set aside. When something is refused for good, none is sent: the task then stops at a cut.
    /// </summary>
    public Task SendAsync(IEnumerable<RowGroup> groups)
    {
        var routed = new List<(RowGroup Group, Route Route)>();
        List<(RowGroup Group, string Cause)>? refused = null;
        foreach (RowGroup group in groups)
        {
            try
            {
                if (router.Find(group, run.Catalog) is { } route)
                {
                    routed.Add((group, route));
                }
            }
            catch (GroupRefusedException fault)
            {
                (refused ??= []).Add((group, fault.Message));
            }
        }

        return refused is null ? SendAsync(routed) : RefuseAndSendAsync(refused, routed);
    }

    private async Task RefuseAndSendAsync(List<(RowGroup Group, string Cause)> refused, List<(RowGroup Group, Route Route)> routed)
    {
        foreach ((RowGroup group, string cause) in refused)
        {
            await careful.RefuseAsync(group, cause);
        }

        await SendAsync(routed);
    }

    private Task SendAsync(List<(RowGroup Group, Route Route)> routed) => Task.WhenAll(routed.ConvertAll(one => SendAsync(one.Group, one.Route)));

    private Task SendAsync(RowGroup group, Route route)
    {
        ChannelLane lane = session.Lane(run.Task.Id, route.PChannel);
        long size = group.Bytes;
        Task<long> sent = careful.Concerns(group) || router.HasDefect(group, run.Catalog) ? careful.SendAsync(group, route, lane) : SendWholeAsync(group, route, lane);
        return FinishAsync(sent, group, route, size);
    }

    /// <summary>Queues all elements before it waits: their order is the log's.</summary>
    private async Task<long> SendWholeAsync(RowGroup group, Route route, ChannelLane lane)
    {
        IReadOnlyList<ReadOnlySequence<byte>> elements = group.Elements(route.Patch);
        var sent = new Task[elements.Count];
        for (int i = 0; i < sent.Length; i++)
        {
            sent[i] = lane.Send(elements[i], group.First, group.Last);
        }

        try
        {
            await Task.WhenAll(sent);
            return group.Rows;
        }
        catch (RefusedMessageException)
        {
            // Others of the group may have arrived: sent once more, they are dropped, since no tick has passed them.
            return await careful.SendAsync(group, route, lane);
        }
    }

    private async Task FinishAsync(Task<long> sent, RowGroup group, Route route, long size)
    {
        Exception? fault = null;
        try
        {
            long rows = await sent;
            run.Progress.Counters.Written(group.SourceChannel, group.Kind, size);
            run.Progress.Counters.Called("ReplicateMessage");
            if (run.Progress.Collections.TryGetValue(group.CollectionId, out CollectionProgress? shown))
            {
                shown.Count(group.Kind == MsgType.Insert ? rows : 0, group.Kind == MsgType.Delete ? rows : 0);
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
            telemetry.Processed(group, route, fault);
        }
    }
}
