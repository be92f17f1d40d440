using System.Collections.Concurrent;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using Polly;

namespace MilvusCdc.Core.Target;

/// <summary>
/// Looks from time to time whether the target still has what was made there. It must be asked: a target acknowledges rows of a collection that somebody has dropped by hand (target-behaviour, "Insert
/// after the collection was dropped"), and they are gone. The look goes on beside the work; what it misses is only believed when the timeline, between two rounds, finds the same.
/// </summary>
internal sealed class TargetPresence : IAsyncDisposable
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const int CollectionNotFound = 100;
    private const int DatabaseNotFound = 800;

    private readonly TargetDdl _target;
    private readonly ConcurrentDictionary<long, TargetCollection> _collections;
    private readonly TaskProgress _progress;
    private readonly CancellationTokenSource _stop;
    private readonly PeriodicTimer _timer;
    private readonly Task _looking;
    private TargetCollection[] _missed = [];

    /// <summary>Begins to look.</summary>
    public TargetPresence(TargetDdl target, ConcurrentDictionary<long, TargetCollection> collections, TaskProgress progress, TimeProvider time, CancellationToken stop)
    {
        _target = target;
        _collections = collections;
        _progress = progress;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _timer = new PeriodicTimer(Interval, time);
        _looking = Task.Run(LookOnAsync, CancellationToken.None);
    }

    /// <summary>Looks closely at what was missed. Nothing may be made, renamed or dropped meanwhile. Throws <see cref="ReplicationStoppedException"/> when something is gone.</summary>
    public async Task VerifyAsync(CancellationToken cancellation)
    {
        TargetCollection[] missed = Volatile.Read(ref _missed);
        if (missed.Length == 0)
        {
            return;
        }

        List<TargetCollection> gone = [];
        foreach (TargetCollection collection in missed.Where(static collection => !collection.Dropped))
        {
            DescribeCollectionResponse? there = await _target.DescribeAsync(collection.Database, collection.Id, cancellation);
            if (there?.CollectionID != collection.Id)
            {
                gone.Add(collection);
            }
        }

        if (gone.Count > 0)
        {
            throw Gone(gone.Select(collection => (collection, _progress.Collections.TryGetValue(collection.SourceId, out CollectionProgress? shown) ? shown.SourceName : $"#{collection.SourceId}")));
        }

        Interlocked.CompareExchange(ref _missed, [], missed);
    }

    /// <summary>What a person must know when collections are gone that the source still has.</summary>
    public static ReplicationStoppedException Gone(IEnumerable<(TargetCollection Collection, string Source)> gone)
    {
        string[] names = [.. gone.Select(static one => $"collection '{one.Collection.Database}.{one.Collection.Name}' (source '{one.Source}')")];
        return new ReplicationStoppedException(
            TaskPhase.Blocked,
            names.Length == 1
                ? $"{names[0]} is no longer on the target: its rows up to the checkpoint are lost there; delete the task and create it anew from the collection's start"
                : $"{string.Join(", ", names)} are no longer on the target: their rows up to the checkpoint are lost there; delete the task and create it anew from the collections' start");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _timer.Dispose();
        await _looking;
        _stop.Dispose();
    }

    private async Task LookOnAsync()
    {
        try
        {
            while (await _timer.WaitForNextTickAsync(_stop.Token))
            {
                await LookAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    private async Task LookAsync()
    {
        try
        {
            List<TargetCollection> missed = [];
            foreach (IGrouping<string, TargetCollection> database in _collections.Values.Where(static collection => !collection.Dropped).GroupBy(static collection => collection.Database, StringComparer.Ordinal))
            {
                HashSet<long> there = await ThereAsync(database.Key);
                missed.AddRange(database.Where(collection => !there.Contains(collection.Id)));
            }

            Volatile.Write(ref _missed, [.. missed]);
        }
        catch (Exception fault) when (fault is GrpcException or MilvusException or OwnershipLostException or ExecutionRejectedException && !_stop.IsCancellationRequested)
        {
            // A target that does not answer is the fault of the next write, which tells it.
        }
    }

    private async Task<HashSet<long>> ThereAsync(string database)
    {
        try
        {
            return [.. (await _target.CallAsync(MilvusMethods.ShowCollections, new ShowCollectionsRequest { DbName = database }, database, _stop.Token)).CollectionIds];
        }
        catch (MilvusException answer) when (answer.Code is CollectionNotFound or DatabaseNotFound)
        {
            return [];
        }
    }
}
