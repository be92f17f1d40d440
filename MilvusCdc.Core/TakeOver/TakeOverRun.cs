using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.TakeOver;

/// <summary>Takes over the tasks of a Go milvus-cdc, with their ids, states and positions. The Go tool's own records are only read.</summary>
/// <param name="options">Where the source, the Go tool's meta store and ours are.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">For the connections.</param>
public sealed class TakeOverRun(CdcOptions options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>How long one look into the source's log may take. Default 30 s.</summary>
    public TimeSpan LookupPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Looks at every task, and with <paramref name="apply"/> stores those that can be taken over. May throw <see cref="EtcdException"/> and what the source's log throws.</summary>
    public async Task<TakeOverReport> RunAsync(bool apply, CancellationToken cancellation)
    {
        using EtcdClient theirs = new(options.TakeOver.Etcd.ToClient(), time, loggers.CreateLogger<EtcdClient>());
        using EtcdClient ours = new(options.MetaStore.Etcd.ToClient(), time, loggers.CreateLogger<EtcdClient>());
        GoMetaStore go = new(theirs, options.TakeOver.RootPath);
        TaskStore store = new(ours, new MetaKeys(options.MetaStore.RootPath));
        GoMetaContent content = await go.ReadAsync(cancellation).ConfigureAwait(false);
        if (content.Tasks.Count + content.Unreadable.Count == 0)
        {
            return new TakeOverReport(go.Place, apply, "there is no task; check Cdc:TakeOver:RootPath, which must be the Go tool's metaStoreConfig.rootPath", []);
        }

        bool moves = await MovesAsync(go, content, cancellation).ConfigureAwait(false);
        List<TakeOverTask> tasks = [.. content.Unreadable.Select(static task => new TakeOverTask(task.Id, TakeOverOutcome.Refused, "", [task.Why], null))];
        tasks.AddRange(await PlanAsync(content, store, cancellation).ConfigureAwait(false));
        tasks.Sort(static (left, right) => string.CompareOrdinal(left.Id, right.Id));
        if (moves)
        {
            return new TakeOverReport(go.Place, apply, "the Go tool is still running, its positions move: stop it first, else both write to the target", tasks);
        }

        return new TakeOverReport(go.Place, apply, null, apply ? await StoreAsync(tasks, store, cancellation).ConfigureAwait(false) : tasks);
    }

    private async Task<bool> MovesAsync(GoMetaStore go, GoMetaContent before, CancellationToken cancellation)
    {
        await Task.Delay(options.TakeOver.Stillness, time, cancellation).ConfigureAwait(false);
        return (await go.ReadAsync(cancellation).ConfigureAwait(false)).NewestPosition != before.NewestPosition;
    }

    private async Task<List<TakeOverTask>> PlanAsync(GoMetaContent content, TaskStore store, CancellationToken cancellation)
    {
        using SourceConnections source = new(options.Source, time, loggers);
        await using CatalogWatcher catalog = await source.OpenCatalogAsync(cancellation).ConfigureAwait(false);
        await catalog.FenceAsync(cancellation).ConfigureAwait(false);
        await using ISourceLog log = source.OpenLog();
        PositionReader positions = new(catalog.History, log, new LogLookup(log, LookupPatience), options.Source.ReplicateChannel);
        TaskListing here = await store.ListAsync(cancellation).ConfigureAwait(false);
        int room = options.Api.MaxTasks - here.Tasks.Count;
        List<TakeOverTask> tasks = [];
        foreach (GoStoredTask stored in content.Tasks)
        {
            TakeOverTask task = await PlanAsync(stored, here, positions, cancellation).ConfigureAwait(false);
            if (task.Outcome is TakeOverOutcome.Ready && room-- <= 0)
            {
                task = task with { Outcome = TakeOverOutcome.Refused, Record = null, Findings = [$"there are {options.Api.MaxTasks} tasks already, which is the limit that Cdc:Api:MaxTasks sets"] };
            }

            tasks.Add(task);
        }

        return tasks;
    }

    private async Task<TakeOverTask> PlanAsync(GoStoredTask stored, TaskListing here, PositionReader positions, CancellationToken cancellation)
    {
        (TaskDefinition? definition, string? obstacle) = GoTaskReader.Read(stored, options.Source.DefaultDatabase);
        if (definition is null)
        {
            return new TakeOverTask(stored.Id, TakeOverOutcome.Refused, "", [obstacle!], null);
        }

        string summary = GoTaskReader.Summary(definition);
        if (here.Tasks.Any(task => task.Definition.Id == stored.Id))
        {
            return new TakeOverTask(stored.Id, TakeOverOutcome.AlreadyHere, summary, [], null);
        }

        TaskDefinition[] sameTarget = [.. here.Tasks.Select(static task => task.Definition).Where(task => task.Target.Address.Authority == definition.Target.Address.Authority)];
        if (definition.Selection.Include.Select(wanted => TaskOverlap.Clash(wanted, sameTarget)).FirstOrDefault(static clash => clash is not null) is { } taken)
        {
            return new TakeOverTask(stored.Id, TakeOverOutcome.Refused, summary, [$"another task here replicates '{taken.Database}.{taken.Collection}' to the same target; delete one of the two"], null);
        }

        List<string> findings = [];
        try
        {
            definition = await positions.AddAsync(definition, stored, findings, cancellation).ConfigureAwait(false);
        }
        catch (TakeOverException wrong)
        {
            return new TakeOverTask(stored.Id, TakeOverOutcome.Refused, summary, [wrong.Message], null);
        }

        bool paused = stored.Task.State is not ((int)TaskState.Initial or (int)TaskState.Running);
        string said = stored.Task.Reason.Length > 0 ? stored.Task.Reason : "no reason was stored";
        if (paused)
        {
            findings.Add($"it stays paused ({said}); resume it when that is right");
        }

        DateTimeOffset now = time.GetUtcNow();
        TaskRecord record = new()
        {
            Definition = definition,
            Intent = paused ? TaskIntent.Pause : TaskIntent.Run,
            Reason = paused ? stored.Task.Reason.Length > 0 ? stored.Task.Reason : "paused when it was taken over" : null,
            Since = now,
            CreatedAt = now,
            Origin = stored.Echo,
        };
        return new TakeOverTask(stored.Id, TakeOverOutcome.Ready, $"{summary}, {definition.Positions.Count} positions", findings, record);
    }

    private static async Task<IReadOnlyList<TakeOverTask>> StoreAsync(IReadOnlyList<TakeOverTask> tasks, TaskStore store, CancellationToken cancellation)
    {
        List<TakeOverTask> done = [];
        foreach (TakeOverTask task in tasks)
        {
            done.Add(task is { Outcome: TakeOverOutcome.Ready, Record: { } record } ? await StoreAsync(task, record, store, cancellation).ConfigureAwait(false) : task);
        }

        return done;
    }

    private static async Task<TakeOverTask> StoreAsync(TakeOverTask task, TaskRecord record, TaskStore store, CancellationToken cancellation)
    {
        while (true)
        {
            TaskListing listing = await store.ListAsync(cancellation).ConfigureAwait(false);
            if (listing.Tasks.Any(known => known.Definition.Id == task.Id))
            {
                return task with { Outcome = TakeOverOutcome.AlreadyHere, Record = null };
            }

            if (await store.TryCreateAsync(record, listing, cancellation).ConfigureAwait(false))
            {
                return task with { Outcome = TakeOverOutcome.TakenOver };
            }
        }
    }

    /// <summary>What went wrong, in one sentence.</summary>
    public static string Explain(Exception fault) => FaultClassifier.Classify(fault).Sentence;
}
