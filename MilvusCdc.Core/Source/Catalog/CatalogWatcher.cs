using Microsoft.Extensions.Logging;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>
/// Keeps a <see cref="CatalogHistory"/> up to date: one listing, then a watch that goes on for ever; after a compaction another listing on top of what is known.
/// <see cref="History"/> may be read from any thread at any time.
/// </summary>
/// <param name="etcd">The source's etcd; not disposed of here.</param>
/// <param name="endpoints">What the source's etcd is called in messages.</param>
/// <param name="options">Where the metadata lies.</param>
/// <param name="time">For deadlines.</param>
/// <param name="logger">Where losses and listings are told.</param>
public sealed partial class CatalogWatcher(EtcdClient etcd, string endpoints, CatalogOptions options, TimeProvider time, ILogger<CatalogWatcher> logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private CatalogHistory _history = CatalogHistory.Empty(options);
    private TaskCompletionSource _progress = NewProgress();
    private SharedRun? _fence;
    private Task? _watching;
    private long _watched;
    private Exception? _lastFault;
    private Exception? _broken;

    /// <summary>What is known now.</summary>
    public CatalogHistory History => Volatile.Read(ref _history);

    /// <summary>
    /// Reads everything once, then watches. Throws <see cref="CatalogException"/> when nothing is there or a record is broken, and <see cref="EtcdException"/> when etcd cannot be read.
    /// To be called once.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await ListAsync(cancellation);
        CancellationToken stop = _stop.Token;
        _fence = new(() => CompleteAsync(stop));
        _watching = WatchAsync(stop);
    }

    /// <summary>
    /// Returns when <see cref="History"/> is complete up to everything that etcd had committed when the call was made. Milvus commits a DDL before it lets a tick pass the DDL's timestamp:
    /// after a tick T was read, a fence makes the history complete up to T. Many callers share one. Throws <see cref="CatalogUnavailableException"/> after
    /// <see cref="CatalogOptions.FenceTimeout"/> and <see cref="CatalogException"/> when the metadata is broken.
    /// </summary>
    public Task FenceAsync(CancellationToken cancellation) =>
        (_fence ?? throw new InvalidOperationException("the watcher was not started")).JoinAsync(cancellation);

    /// <summary>Returns the first history that knows more than <paramref name="seen"/>; at once when there is one. Throws <see cref="CatalogException"/> when the metadata is broken.</summary>
    public async Task<CatalogHistory> ChangedAsync(CatalogHistory seen, CancellationToken cancellation)
    {
        while (true)
        {
            Task progress = Progress;
            if (!History.KnowsWhat(seen))
            {
                return History;
            }

            ThrowIfBroken();
            await progress.WaitAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_watching is not null)
        {
            await _watching;
        }

        _stop.Dispose();
    }

    private Task Progress
    {
        get
        {
            lock (_gate)
            {
                return _progress.Task;
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                EtcdRange state = await etcd.RangeAsync(options.StatePrefix, null, cancellation);
                if (state.Items.Count == 0)
                {
                    throw new CatalogUnavailableException($"nothing under '{options.StatePrefix}' in etcd at {endpoints}: check rootPath and metaSubPath");
                }

                EtcdRange copies = await etcd.RangeAsync(options.SnapshotPrefix, new EtcdRangeOptions { Revision = state.Revision }, cancellation);
                CatalogKeyChange[] listing = [.. state.Items.Concat(copies.Items).Select(item => new CatalogKeyChange(item.Key, item.Value, item.ModRevision))];
                Update(history => history.Merge(listing, state.Revision));
                _watched = state.Revision;
                Listed(logger, options.StatePrefix, state.Revision, History.CollectionsAt(ulong.MaxValue).Count(), History.Changes(0, ulong.MaxValue).Count);
                return;
            }
            catch (EtcdException compacted) when (compacted.Kind == EtcdFaultKind.Compacted)
            {
                Compacted(logger, History.Revision, compacted.Message);
            }
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        bool listAgain = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (listAgain)
                {
                    await ListAsync(stop);
                    listAgain = false;
                }

                await foreach (EtcdWatchBatch batch in etcd.WatchAsync([options.StatePrefix, options.SnapshotPrefix], _watched + 1, stop))
                {
                    Take(batch);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (EtcdCompactedException compacted)
            {
                Compacted(logger, History.Revision, compacted.Message);
                listAgain = true;
            }
            catch (EtcdException fault)
            {
                Volatile.Write(ref _lastFault, fault);
                Lost(logger, History.Revision, options.ReconnectDelay.TotalMilliseconds, fault.Message);
                await Task.Delay(options.ReconnectDelay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception broken)
            {
                // Whatever ends the watch must reach those who wait for it; nobody else would ever notice.
                Broken(logger, History.Revision, broken.Message);
                Volatile.Write(ref _broken, broken);
                Update(history => history);
                return;
            }
        }
    }

    private void Take(EtcdWatchBatch batch)
    {
        CatalogKeyChange[] changes =
        [
            .. batch.Events.Select(change =>
                new CatalogKeyChange(change.KeyValue.Key, change.Kind == EtcdEventKind.Delete ? null : change.KeyValue.Value, change.KeyValue.ModRevision)),
        ];

        // A fence may have gone past a revision that changed no newest state (a lone dated copy): it has arrived only now, and must be found as arrived.
        Update(history => history.Learn(changes, Math.Max(batch.Revision, history.Revision + 1)).CompleteTo(batch.Revision));
        _watched = batch.Revision;
    }

    private async Task CompleteAsync(CancellationToken stop)
    {
        ThrowIfBroken();
        using var deadline = new CancellationTokenSource(options.FenceTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            while (!await TryCompleteAsync(either.Token))
            {
                await Task.Delay(options.ReconnectDelay, time, either.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            Exception? fault = Volatile.Read(ref _lastFault);
            string reason = fault?.Message ?? $"the watch stands at revision {History.Revision}";
            throw new CatalogUnavailableException($"the source's metadata in etcd at {endpoints} was not complete within {options.FenceTimeout.TotalSeconds:0.###} s: {reason}", fault);
        }
    }

    /// <summary>False when etcd could not be asked.</summary>
    private async Task<bool> TryCompleteAsync(CancellationToken cancellation)
    {
        EtcdRange newer;
        try
        {
            long known = History.Revision;
            if (await etcd.RevisionAsync(cancellation, options.StatePrefix) <= known)
            {
                return true;
            }

            newer = await etcd.RangeAsync(options.StatePrefix, new EtcdRangeOptions { KeysOnly = true, MinModRevision = known + 1 }, cancellation);
        }
        catch (EtcdException fault)
        {
            Volatile.Write(ref _lastFault, fault);
            return false;
        }

        // The watch tells whole revisions in order: the last one that changed something here brings all before it.
        long last = newer.Items.Count == 0 ? 0 : newer.Items.Max(item => item.ModRevision);
        while (true)
        {
            Task progress = Progress;
            ThrowIfBroken();
            if (History.Revision >= last)
            {
                Volatile.Write(ref _lastFault, null);
                Update(history => history.CompleteTo(newer.Revision));
                return true;
            }

            await progress.WaitAsync(cancellation);
        }
    }

    private void Update(Func<CatalogHistory, CatalogHistory> next)
    {
        TaskCompletionSource passed;
        lock (_gate)
        {
            Volatile.Write(ref _history, next(_history));
            passed = _progress;
            _progress = NewProgress();
        }

        passed.SetResult();
    }

    private void ThrowIfBroken()
    {
        if (Volatile.Read(ref _broken) is { } broken)
        {
            throw new CatalogException(broken.Message, broken);
        }
    }

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
