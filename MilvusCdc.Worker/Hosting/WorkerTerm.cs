using System.Collections.Concurrent;
using System.Threading.Channels;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Worker.Hosting;

/// <summary>What the worker does while it holds one lease: claims tasks, runs them, passes on what people want. One event after the other, so that no state needs a lock.</summary>
internal sealed partial class WorkerTerm(
    TaskStore store, TaskClaims claims, WorkerRegistry registry, EtcdLease lease, TaskRunnerServices services, LingeringEngines lingering, WorkerHealth health, WorkerOptions options, ILogger<WorkerTerm> logger)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly Channel<TermEvent> _inbox = Channel.CreateUnbounded<TermEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, TaskRecord> _records = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);
    private bool _draining;

    /// <summary>Runs until <paramref name="stopping"/> (then every task is left at a cut) or until the lease is lost (then every task is left at once).</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenSource term = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
        Task publishing = Task.CompletedTask;
        try
        {
            WorkerRecord self = new() { Name = options.Name, Since = services.Time.GetUtcNow(), Machine = Environment.MachineName, Version = ProductVersion.Text };
            await registry.RegisterAsync(self, lease.Id, term.Token);
            await LoadAsync(term.Token);
            health.InOffice();
            using ITimer sweep = services.Time.CreateTimer(_ => _inbox.Writer.TryWrite(new TermEvent.Sweep()), null, SweepInterval, SweepInterval);
            StatusPublisher publisher = new(claims, lease.Id, () => _held.Values.Select(static held => (held.Runner, held.Ownership)), services.Time, logger);
            publishing = publisher.RunAsync(term.Token);
            await foreach (TermEvent occurred in _inbox.Reader.ReadAllAsync(term.Token))
            {
                await HandleAsync(occurred, term.Token);
            }
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested)
        {
            if (lease.Lost.IsCancellationRequested)
            {
                throw new LeaseLostException(options.Name, lease.Id, _held.Count, lease.Ttl);
            }
        }
        finally
        {
            health.Away("the worker has no lease");
            await LeaveAsync();
            await term.CancelAsync();
            await publishing;
        }
    }

    // Everything there is, and from then on everything that changes: by the watch, which begins again with a new listing when it breaks.
    private async Task LoadAsync(CancellationToken cancellation)
    {
        TaskListing listing = await store.ListAsync(cancellation);
        Drain(await registry.IsDrainingAsync(options.Name, cancellation));
        foreach (string unreadable in listing.Unreadable)
        {
            LogUnreadable(logger, unreadable);
        }

        foreach (string gone in _records.Keys.Except(listing.Tasks.Select(static task => task.Definition.Id)).ToList())
        {
            See(new StoreChange.TaskGone(gone, listing.Revision));
        }

        foreach (TaskRecord record in listing.Tasks)
        {
            await SeeAsync(record, cancellation);
        }

        _ = WatchAsync(listing.Revision + 1, cancellation);
    }

    private async Task WatchAsync(long fromRevision, CancellationToken cancellation)
    {
        try
        {
            await foreach (StoreChange change in store.WatchAsync(fromRevision, cancellation))
            {
                _inbox.Writer.TryWrite(new TermEvent.Changed(change));
            }
        }
#pragma warning disable CA1031 // However a watch ends, what was missed is read again; the lease decides whether this worker may go on.
        catch (Exception broken) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogWatchBroke(logger, FaultClassifier.Classify(broken).Sentence);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await MissedAsync(cancellation);
    }

    private async Task MissedAsync(CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), services.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _inbox.Writer.TryWrite(new TermEvent.Missed());
    }

    private async Task HandleAsync(TermEvent occurred, CancellationToken cancellation)
    {
        try
        {
            switch (occurred)
            {
                case TermEvent.Changed { Change: StoreChange.TaskStored stored }:
                    await SeeAsync(stored.Record, cancellation);
                    break;
                case TermEvent.Changed { Change: StoreChange.TaskGone gone }:
                    See(gone);
                    break;
                case TermEvent.Changed { Change: StoreChange.OwnerGone free } when _held.TryGetValue(free.TaskId, out Held? held):
                    if (free.Revision > held.Ownership.CreateRevision)
                    {
                        held.Runner.Post(new TaskEvent.OwnershipLost());
                    }

                    break;
                case TermEvent.Changed { Change: StoreChange.OwnerGone free }:
                    await ClaimFreeAsync(record => record.Definition.Id == free.TaskId, cancellation);
                    break;
                case TermEvent.Changed { Change: StoreChange.DrainChanged drain }:
                    if (drain.Worker == options.Name)
                    {
                        Drain(drain.Drains);
                        await ClaimFreeAsync(static _ => true, cancellation);
                    }

                    break;
                case TermEvent.Changed { Change: StoreChange.TargetGone } or TermEvent.Sweep:
                    await ClaimFreeAsync(static _ => true, cancellation);
                    break;
                case TermEvent.RunnerEnded ended:
                    await LetGoAsync(ended.TaskId, cancellation);
                    break;
                case TermEvent.Missed:
                    await LoadAsync(cancellation);
                    break;
            }
        }
        catch (EtcdException failed) when (!cancellation.IsCancellationRequested)
        {
            // The sweep comes back to it; a lease that cannot be kept alive ends the term.
            LogNotHandled(logger, occurred.GetType().Name, failed.Message);
            if (occurred is TermEvent.Missed)
            {
                _ = MissedAsync(cancellation);
            }
        }
    }

    private async Task SeeAsync(TaskRecord record, CancellationToken cancellation)
    {
        string id = record.Definition.Id;
        TaskRecord? before = _records.GetValueOrDefault(id);
        if (before is not null && before.Revision >= record.Revision)
        {
            return;
        }

        _records[id] = record;
        if (_held.TryGetValue(id, out Held? held))
        {
            PassOn(held.Runner, before, record);
        }
        else
        {
            await ClaimAsync(record, cancellation);
        }
    }

    // A task that vanished without a deletion being asked for is gone all the same.
    private void See(StoreChange.TaskGone gone)
    {
        if (_records.GetValueOrDefault(gone.TaskId) is { } record && record.Revision < gone.Revision)
        {
            _records.Remove(gone.TaskId);
            _held.GetValueOrDefault(gone.TaskId)?.Runner.Post(new TaskEvent.DeleteRequested());
        }
    }

    private async Task ClaimFreeAsync(Func<TaskRecord, bool> which, CancellationToken cancellation)
    {
        foreach (TaskRecord waiting in _records.Values.Where(record => !_held.ContainsKey(record.Definition.Id) && which(record)).ToList())
        {
            await ClaimAsync(waiting, cancellation);
        }
    }

    // Each task is left at a cut; whoever finds it free takes it.
    private void Drain(bool drains)
    {
        if (drains != _draining)
        {
            _draining = drains;
            LogDrains(logger, options.Name, drains);
        }

        foreach (Held held in drains ? _held.Values : [])
        {
            held.Runner.Post(new TaskEvent.ReleaseRequested());
        }
    }

    private static void PassOn(TaskRunner runner, TaskRecord? before, TaskRecord now)
    {
        if (before is not null && now.Edits != before.Edits && now.Intent is not TaskIntent.Delete)
        {
            // Left at a cut and taken again, it runs by its new definition.
            runner.Post(new TaskEvent.ReleaseRequested());
        }
        else if (now.Intent != before?.Intent || now.Resumes != before.Resumes)
        {
            runner.Post(now.Intent switch
            {
                TaskIntent.Pause => new TaskEvent.PauseRequested(),
                TaskIntent.Delete => new TaskEvent.DeleteRequested(),
                _ => new TaskEvent.ResumeRequested(),
            });
        }
    }

    private async Task ClaimAsync(TaskRecord record, CancellationToken cancellation)
    {
        string id = record.Definition.Id;
        if (_draining || lingering.Has(id) || await claims.TryClaimAsync(record.Definition, options.Name, lease.Id, cancellation) is not { } claimed)
        {
            return;
        }

        TaskOwnership ownership = claimed with { Remaining = () => lease.Remaining };

        if (record is { Intent: TaskIntent.Run, State: not TaskState.Initial, Definition.DisableAutoStart: true })
        {
            record = await store.UpdateAsync(id, static task => task with { Intent = TaskIntent.Pause, Reason = "the task was not started again because disable_auto_start is set" }, cancellation) ?? record;
            _records[id] = record;
        }

        LogClaimed(logger, options.Name, id);
        TaskRunner runner = new(record, ownership, options.Name, services);
        _held[id] = new Held(runner, ownership, RunAsync(runner));
    }

    private async Task RunAsync(TaskRunner runner)
    {
        await runner.RunAsync();
        _inbox.Writer.TryWrite(new TermEvent.RunnerEnded(runner.TaskId));
    }

    private async Task LetGoAsync(string id, CancellationToken cancellation)
    {
        if (_held.TryRemove(id, out Held? held))
        {
            lingering.Add(id, held.Runner.EngineEnd);
            bool last = _held.Values.All(other => other.Runner.Target.Address.Authority != held.Runner.Target.Address.Authority);
            await claims.ReleaseAsync(held.Ownership, last ? held.Runner.Target : null, lease.Id, cancellation);
        }
    }

    private async Task LeaveAsync()
    {
        bool lost = lease.Lost.IsCancellationRequested;
        foreach (Held held in _held.Values)
        {
            held.Runner.Post(lost ? new TaskEvent.OwnershipLost() : new TaskEvent.ReleaseRequested());
        }

        Task ends = Task.WhenAll(_held.Values.Select(static held => held.End));
        await Task.WhenAny(ends, Task.Delay(StopPatience, services.Time));
        foreach (Held held in _held.Values)
        {
            lingering.Add(held.Runner.TaskId, held.Runner.EngineEnd);
        }

        // What is left hangs on the lease, which its owner gives back now.
    }

    private sealed record Held(TaskRunner Runner, TaskOwnership Ownership, Task End);

    [LoggerMessage(2010, LogLevel.Information, "Worker {Worker} has taken task {TaskId}")]
    private static partial void LogClaimed(ILogger logger, string worker, string taskId);

    [LoggerMessage(2014, LogLevel.Information, "Worker {Worker} is to run nothing and leaves its tasks to others: {Drains}")]
    private static partial void LogDrains(ILogger logger, string worker, bool drains);

    [LoggerMessage(2013, LogLevel.Error, "A task is not run, the others are. {Cause}")]
    private static partial void LogUnreadable(ILogger logger, string cause);

    [LoggerMessage(2011, LogLevel.Warning, "The watch on the tasks broke, so they are read anew. {Cause}")]
    private static partial void LogWatchBroke(ILogger logger, string cause);

    [LoggerMessage(2012, LogLevel.Warning, "A change ({Change}) could not be handled yet and will be tried again. {Cause}")]
    private static partial void LogNotHandled(ILogger logger, string change, string cause);
}
