using Google.Protobuf;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Engine;

/// <summary>Decides where a run begins and opens its channels there: at the checkpoint, at stated positions, at the creation of everything, or at the newest message.</summary>
internal sealed class StartPoint(TaskRun run, ISourceLog log, SourceReader reader, SourceFence fence, OperationQueue operations, ShardRegistry shards, ChannelEntry entry, Func<ISourceLog> openLog)
{
    private static readonly TimeSpan TickPatience = TimeSpan.FromSeconds(10);

    /// <summary>Opens the channels and answers the frontier: what lies at or before it is on the target, or is not wanted.</summary>
    public async Task<ulong> OpenAsync(Checkpoint? checkpoint, CancellationToken cancellation)
    {
        if (checkpoint is not null)
        {
            return await OpenCheckpointAsync(checkpoint, cancellation);
        }

        if (run.Task.Positions.Count > 0)
        {
            return await OpenPositionsAsync(cancellation);
        }

        return run.Task.Start == TaskStart.CollectionStart
            ? await OpenHistoryAsync(cancellation)
            : await OpenLatestAsync(cancellation);
    }

    private async Task<ulong> OpenCheckpointAsync(Checkpoint checkpoint, CancellationToken cancellation)
    {
        if (checkpoint.LogKind != log.Kind)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Failed, $"the task's checkpoint holds positions of '{checkpoint.LogKind}', the source is read from '{log.Kind}': positions of one mean nothing to the other");
        }

        ulong frontier = checkpoint.Frontier;
        SkipStated();
        foreach (SourceCollection collection in run.Catalog.CollectionsAt(frontier).Where(run.Selects))
        {
            entry.Known(collection.Id);
            foreach (string channel in collection.PhysicalChannels)
            {
                shards.Enter(channel, collection.Id);
            }
        }

        foreach ((string channel, ChannelCheckpoint at) in checkpoint.Channels)
        {
            foreach (long dropped in at.AwaitingDrop)
            {
                entry.Known(dropped);
                shards.Enter(channel, dropped);
            }

            if (shards.IsInUse(channel))
            {
                await (checkpoint.IsByHand
                    ? reader.OpenAsync(channel, at.Position, frontier, cancellation)
                    : reader.GoOnAsync(channel, at.Position, frontier, cancellation));
            }
            else
            {
                entry.KnownUpTo(channel, at.Position);
            }
        }

        await OpenRestAsync(frontier, cancellation);
        await OpenOperationsAsync(checkpoint.Operations, cancellation);
        return frontier;
    }

    /// <summary>A position that says no time: nothing at or after it is skipped, and everything before it is taken as copied.</summary>
    private async Task<ulong> TimeBeforeAsync(string channel, LogPosition at, CancellationToken cancellation)
    {
        await using ISourceLog looked = openLog();
        return await new LogLookup(looked, TickPatience).TimeBeforeAsync(channel, at, cancellation)
            ?? throw new SourceLogException($"channel '{channel}' holds no tick at or after the stated position {at}, which names no timestamp: check that the source runs, or state the timestamp with the position");
    }

    // The first checkpoints of a task that began at stated positions lie before some of them.
    private void SkipStated()
    {
        foreach ((string vchannel, string text) in run.Task.Positions)
        {
            reader.SkipUpTo(vchannel, Decode(vchannel, text).Timestamp);
        }
    }

    /// <summary>Positions stated by the client, by vchannel; what lies at or before each one's timestamp is skipped.</summary>
    private async Task<ulong> OpenPositionsAsync(CancellationToken cancellation)
    {
        var from = new Dictionary<string, LogPosition>(StringComparer.Ordinal);
        ulong frontier = ulong.MaxValue;
        foreach ((string vchannel, string text) in run.Task.Positions)
        {
            MsgPosition position = Decode(vchannel, text);
            string channel = VirtualChannel.PhysicalOf(vchannel);
            LogPosition at = SourcePositions.Read(log, position.MsgID.Span, $"'{vchannel}'");
            from[channel] = from.TryGetValue(channel, out LogPosition other) && other < at ? other : at;
            reader.SkipUpTo(vchannel, position.Timestamp);
            frontier = Math.Min(frontier, position.Timestamp > 0 ? position.Timestamp : await TimeBeforeAsync(channel, at, cancellation));
        }

        foreach (SourceCollection collection in run.Catalog.CollectionsAt(Math.Max(frontier, 1)).Where(run.Selects))
        {
            entry.Known(collection.Id);
            foreach (string channel in collection.PhysicalChannels)
            {
                shards.Enter(channel, collection.Id);
                if (from.TryGetValue(channel, out LogPosition at) && !reader.IsOpen(channel))
                {
                    await reader.OpenAsync(channel, at, frontier, cancellation);
                }
            }
        }

        await OpenRestAsync(frontier, cancellation);
        await OpenOperationsAsync(run.Task.OperationPosition is { } stated ? SourcePositions.Read(log, Decode("replicate channel", stated).MsgID.Span, "the replicate channel") : await FirstOperationAsync(cancellation), cancellation);
        return frontier;
    }

    private async Task<ulong> OpenHistoryAsync(CancellationToken cancellation)
    {
        await OpenOperationsAsync(await FirstOperationAsync(cancellation), cancellation);
        return 0;
    }

    /// <summary>Changes from now on: each channel at its end. The frontier is the newest of the channels' first ticks: on all of them, what comes after it is read.</summary>
    private async Task<ulong> OpenLatestAsync(CancellationToken cancellation)
    {
        LogBounds? end = await log.GetBoundsAsync(operations.Channel, cancellation);
        await OpenOperationsAsync(end?.End ?? log.Beginning, cancellation);
        foreach (SourceCollection collection in run.Catalog.CollectionsAt(ulong.MaxValue).Where(run.Selects))
        {
            entry.Known(collection.Id);
            foreach (string channel in collection.PhysicalChannels)
            {
                shards.Enter(channel, collection.Id);
                if (!reader.IsOpen(channel))
                {
                    LogBounds? bounds = await log.GetBoundsAsync(channel, cancellation);
                    await reader.OpenAsync(channel, bounds?.End ?? log.Beginning, 0, cancellation);
                }
            }
        }

        ulong frontier = await NewestFirstTickAsync(cancellation);
        foreach (string channel in shards.Channels)
        {
            reader.Buffer(channel).Drop(frontier);
        }

        await fence.NowAsync(cancellation);
        return frontier;
    }

    private async Task<ulong> NewestFirstTickAsync(CancellationToken cancellation)
    {
        if (shards.Channels.Count == 0)
        {
            IReadOnlyList<CatalogChange> known = run.Catalog.Changes(0, ulong.MaxValue);
            return known.Count > 0 ? known[^1].Timestamp : 0;
        }

        while (true)
        {
            ulong?[] ticks = [.. shards.Channels.Select(channel => reader.Buffer(channel).FirstTick(1))];
            if (ticks.All(static tick => tick is not null))
            {
                return ticks.Max()!.Value;
            }

            await reader.Arrived.WaitAsync(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    /// <summary>Channels of known collections that no position was found for are read from the collections' creation; what is old there is skipped.</summary>
    private async Task OpenRestAsync(ulong frontier, CancellationToken cancellation)
    {
        foreach (SourceCollection collection in run.Catalog.CollectionsAt(Math.Max(frontier, 1)).Where(run.Selects))
        {
            foreach (string channel in collection.PhysicalChannels.Where(channel => shards.IsInUse(channel) && !reader.IsOpen(channel)))
            {
                await entry.OpenAtStartAsync(collection, channel, frontier, cancellation);
            }
        }
    }

    private async Task OpenOperationsAsync(LogPosition from, CancellationToken cancellation)
    {
        operations.Begin(from);
        await log.OpenAsync(operations.Channel, from, cancellation);
    }

    private async Task<LogPosition> FirstOperationAsync(CancellationToken cancellation) =>
        (await log.GetBoundsAsync(operations.Channel, cancellation))?.First ?? log.Beginning;

    private static MsgPosition Decode(string what, string text)
    {
        try
        {
            return MsgPosition.Parser.ParseFrom(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            throw new ReplicationStoppedException(TaskPhase.Failed, $"the start position of '{what}' is not base64 of a MsgPosition: {e.Message}", e);
        }
    }
}
