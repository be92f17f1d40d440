using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Engine;

/// <summary>Runs a task: puts the parts together, brings the target to the frontier, and lets the timeline go on from there.</summary>
internal sealed partial class ReplicationEngine(
    SourceConnections source, CheckpointStore store, TargetSessions targets, EngineOptions options, MessageLog messages, TimeProvider time, ILogger<ReplicationEngine> logger) : IReplicationEngine
{
    /// <inheritdoc/>
    public async Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop)
    {
        await using CatalogWatcher catalog = await source.OpenCatalogAsync(stop);
        await using ISourceLog log = source.OpenLog();
        TargetSession session = await targets.JoinAsync(task.Target, stop);
        try
        {
            await RunAsync(new TaskRun(task, ownership, progress, () => catalog.History), catalog, log, session, stop);
        }
        finally
        {
            await targets.LeaveAsync(task.Target, task.Id);
        }
    }

    /// <inheritdoc/>
    public Task ForgetAsync(string taskId, CancellationToken cancellation) => store.ForgetAsync(taskId, cancellation);

    private async Task RunAsync(TaskRun run, CatalogWatcher catalog, ISourceLog log, TargetSession session, CancellationToken stop)
    {
        // Cut off only by a fault, or by a stop that does not come to its end.
        using var abort = new CancellationTokenSource();
        using CancellationTokenRegistration limit = stop.Register(() => abort.CancelAfter(options.DrainTimeout));

        var collections = new ConcurrentDictionary<long, TargetCollection>();
        var names = new NameMap(run.Task.Mappings);
        var ddl = new TargetDdl(session.Client, time, run.Progress.Counters);
        var applier = new CollectionApplier(ddl, run, names, collections, store);
        var metadata = new MetadataApplier(ddl, run, names, store);
        var operations = new OperationQueue(source.ReplicateChannel);
        var shards = new ShardRegistry(collections);
        var reader = new SourceReader(log, operations, run.Task.Policies.Unsupported, options.Reading, run.Progress, time);
        var fence = new SourceFence(catalog, log, reader, operations);
        var entry = new ChannelEntry(reader, log, shards, run);
        var committer = new Committer(session, run, shards, operations, store, log.Kind, time);
        var caughtUp = new CaughtUpWatch(log, reader, shards, operations, committer, run, time);
        var rounds = new RoundSource(reader, fence, shards, operations, entry, caughtUp, run);
        var loop = new TimelineLoop(
            rounds,
            new RoundSender(session, run, new Router(collections, run.Progress), new ReplicationTelemetry(time, log.Kind, messages)),
            committer,
            shards,
            new ChangeApplier(ddl, run, names, collections, applier, metadata),
            new OperationApplier(ddl, run, names, collections, new AccessApplier(ddl, run)),
            operations,
            options.Pipeline);

        await catalog.FenceAsync(stop);
        Task reading = reader.RunAsync(abort.Token);
        Task main = StreamAsync();
        Task committing = committer.RunAsync(abort.Token);
        Task ended = await Task.WhenAny(main, reading, committing);
        await abort.CancelAsync();
        await Task.WhenAll(Quiet(main), Quiet(reading), Quiet(committing));

        // The one that ended first tells why; the others were cut off by it.
        await ended;

        async Task StreamAsync()
        {
            Checkpoint? checkpoint = await store.LoadAsync(run.Task.Id, stop);
            var start = new StartPoint(run, log, reader, fence, operations, shards, entry);
            ulong frontier = await start.OpenAsync(checkpoint, stop);
            await new Reconciler(run, ddl, names, collections, applier, metadata, store).RunAsync(frontier, stop);
            rounds.Begin(frontier);
            run.Progress.Frontier = frontier;
            Started(run.Task.Id, frontier, checkpoint is null ? "its start" : "its checkpoint");
            await loop.RunAsync(stop, abort.Token);
            Stopped(run.Task.Id, run.Progress.Frontier);
        }
    }

    private static Task Quiet(Task task) => task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
