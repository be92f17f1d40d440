using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Engine;

/// <summary>Runs a task: puts the parts together, brings the target to the frontier, and lets the timeline go on from there.</summary>
internal sealed partial class ReplicationEngine(
    SourceConnections source,
    CheckpointStore store,
    TargetSessions targets,
    DeadLetterDesks desks,
    MessageLog messages,
    EngineOptions options,
    TimeProvider time,
    ILogger<ReplicationEngine> logger) : IReplicationEngine
{
    private static readonly TimeSpan FaultPatience = TimeSpan.FromSeconds(5);
    private readonly ReadBudget _budget = new(options.Reading);

    /// <inheritdoc/>
    public async Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        using IDisposable reads = _budget.Enter();
        long readAhead = _budget.ReadAhead;
        await using CatalogWatcher catalog = await source.OpenCatalogAsync(stop);
        await using ISourceLog log = source.OpenLog(task.Id, readAhead);
        if (await source.DescribeRetentionAsync(stop) is { } retention)
        {
            Retention(task.Id, retention);
            progress.Notice(retention);
        }

        TargetSession session = await targets.JoinAsync(task, ownership, stop);
        try
        {
            await RunAsync(new TaskRun(task, ownership, progress, () => catalog.History), catalog, log, readAhead, session, stop);
        }
        finally
        {
            await targets.LeaveAsync(task.Target, task.Id);
        }
    }

    /// <inheritdoc/>
    public async Task StandAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        if (await store.LoadCutAsync(task.Id, stop) is not { Sending: false } cut || await store.TargetChannelsAsync(task.Id, stop) is not { Count: > 0 } channels)
        {
            return;
        }

        TargetSession session = await targets.JoinAsync(task, ownership, stop);
        try
        {
            // Once for all: a clock that jumps later must not move the target's time.
            StandingClock clock = new(cut, time);
            if (await clock.SettleAsync(source.ClockAsync, stop))
            {
                ClockCorrected(task.Id, DateTimeOffset.FromUnixTimeMilliseconds(MilvusTime.PhysicalMs(clock.Now)));
            }

            session.Ticks.Stand(task.Id, () => clock.Now, channels);
            Standing(task.Id, channels.Count);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await targets.LeaveAsync(task.Target, task.Id);
        }
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(string taskId, CancellationToken cancellation)
    {
        if (source.LeavesTraces && await store.LoadAsync(taskId, cancellation) is { } checkpoint)
        {
            await ForgetSubscriptionsAsync(taskId, [.. checkpoint.Channels.Keys, source.ReplicateChannel], cancellation);
        }

        await store.ForgetAsync(taskId, cancellation);
        await targets.ForgetAsync(taskId, cancellation);
    }

    private async Task ForgetSubscriptionsAsync(string taskId, string[] channels, CancellationToken cancellation)
    {
        await using ISourceLog log = source.OpenLog(taskId, _budget.ReadAhead);
        try
        {
            await (log as IAcknowledgedLog)!.ForgetAsync(channels, cancellation);
        }
        catch (SourceLogException failed)
        {
            // A task must be removable while its source is away.
            SubscriptionsLeft(taskId, string.Join(", ", channels), failed.Message);
        }
    }

    private async Task RunAsync(TaskRun run, CatalogWatcher catalog, ISourceLog log, long readAhead, TargetSession session, CancellationToken stop)
    {
        // Cut off only by a fault, or by a stop that does not come to its end.
        using var abort = new CancellationTokenSource();
        using CancellationTokenRegistration limit = stop.Register(() => abort.CancelAfter(options.DrainTimeout));

        run.Progress.HoldNothing();
        Checkpoint? checkpoint = await store.LoadAsync(run.Task.Id, stop);
        DeadLetterDesk desk = await desks.OpenAsync(run, log.Kind, checkpoint, stop);
        var collections = new ConcurrentDictionary<long, TargetCollection>();
        var names = new NameMap(run.Task.Mappings);
        var ddl = new TargetDdl(session.Client(run.Task.Id), () => run.Ownership.Check(run.Task.Id), session.Calls, run.Progress.Counters);
        var applier = new CollectionApplier(ddl, run, names, collections, store);
        var metadata = new MetadataApplier(ddl, run, names, store);
        var operations = new OperationQueue(source.ReplicateChannel);
        var shards = new ShardRegistry(collections);
        var reader = new SourceReader(log, operations, run.Task.Policies.Unsupported, _budget, readAhead, run.Progress, desk, time);
        var fence = new SourceFence(catalog, log, reader, operations);
        var entry = new ChannelEntry(reader, log, shards, run);
        var committer = new Committer(session, run, shards, operations, store, desk, log, time);
        var caughtUp = new CaughtUpWatch(log, reader, shards, operations, committer, new SilenceWatch(run, time), run, time);
        var rounds = new RoundSource(reader, fence, shards, operations, entry, caughtUp, new AbandonedChannels(log, reader, shards, run, time), run);
        await using var presence = new TargetPresence(
            new TargetDdl(session.Client(run.Task.Id), () => run.Ownership.Check(run.Task.Id), session.Calls), collections, run.Progress, time, abort.Token);
        var router = new Router(collections, names, run.Progress);
        var loop = new TimelineLoop(
            rounds,
            new RoundSender(session, run, router, new CarefulSender(desk, run, router, abort.Token), new ReplicationTelemetry(time, log.Kind, messages)),
            committer,
            shards,
            new ChangeApplier(ddl, run, names, collections, applier, metadata),
            new OperationApplier(ddl, run, names, collections, new AccessApplier(ddl, run)),
            operations,
            new LetterReplay(desk, run, router, session, source.OpenLog, time),
            presence,
            run,
            new PipelineOptions { MaximumBytes = Math.Min(options.Pipeline.MaximumBytes, _budget.OnTheWay), MaximumRounds = options.Pipeline.MaximumRounds },
            time);

        await catalog.FenceAsync(stop);
        bool sending = false;
        Task reading = reader.RunAsync(abort.Token);
        Task watching = new HeadWatch(log, source.OpenLog, reader, run.Progress, time).RunAsync(abort.Token);
        Task main = StreamAsync();
        Task committing = committer.RunAsync(abort.Token);
        Task ended = await Task.WhenAny(main, reading, committing);
        if (ended != committing)
        {
            // What was sent before the fault is still brought to a cut where that is possible, so that other tasks of the target need not wait for this one.
            await Task.WhenAny(committing, Quiet(committer.DrainAsync(abort.Token)), Task.Delay(FaultPatience, time, abort.Token));
        }

        await abort.CancelAsync();
        await Task.WhenAll(Quiet(main), Quiet(reading), Quiet(committing), Quiet(watching));
        if (sending && session.Ticks.IsAtCut(run.Task.Id))
        {
            await MarkCutAsync(run);
        }

        // The one that ended first tells why; the others were cut off by it.
        await ended;

        async Task StreamAsync()
        {
            var start = new StartPoint(run, log, reader, fence, operations, shards, entry, source.OpenLog);
            ulong frontier = await start.OpenAsync(checkpoint, stop);
            await new Reconciler(run, ddl, names, collections, applier, metadata, store).RunAsync(frontier, stop);
            rounds.Begin(frontier);
            run.Progress.Frontier = frontier;
            session.Ticks.Begin(run.Task.Id, frontier);
            await store.SaveCutAsync(run.Task.Id, CutNow(run, sending: true), run.Ownership, stop);
            sending = true;
            if (checkpoint is not null)
            {
                // Whoever wrote the checkpoint may have died before its tick, and a source that is silent by now brings no other.
                await session.CommitAsync(run.Task.Id, frontier, session.Ticks.Mark(run.Task.Id), shards.TargetChannels).WaitAsync(abort.Token);
            }

            Started(run.Task.Id, frontier, checkpoint is null ? "its start" : "its checkpoint");
            await loop.RunAsync(() => stop.IsCancellationRequested && session.Ticks.IsRecovered(run.Task.Id), abort.Token);
            Stopped(run.Task.Id, run.Progress.Frontier);
        }
    }

    /// <summary>States durably that nothing is on the way. Where that cannot be stated, the next run finds out.</summary>
    private async Task MarkCutAsync(TaskRun run)
    {
        try
        {
            using var deadline = new CancellationTokenSource(FaultPatience, time);
            await store.SaveCutAsync(run.Task.Id, CutNow(run, sending: false), run.Ownership, deadline.Token);
        }
        catch (Exception e) when (e is EtcdException or OwnershipLostException or OperationCanceledException)
        {
            CutNotMarked(run.Task.Id, e.Message);
        }
    }

    private Cut CutNow(TaskRun run, bool sending) => new(sending, Math.Max(run.Progress.Head, run.Progress.Frontier), time.GetUtcNow());

    private static Task Quiet(Task task) => task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
