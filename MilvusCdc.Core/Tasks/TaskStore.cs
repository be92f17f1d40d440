using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Tasks;

/// <summary>Tasks in etcd, by the keys of <see cref="MetaKeys"/>. Every method may throw <see cref="EtcdException"/>.</summary>
public sealed class TaskStore(EtcdClient etcd, MetaKeys keys, TimeProvider? time = null) : ITaskJournal
{
    private readonly StatusFreshness _freshness = new(time ?? TimeProvider.System);
    private static readonly Comparer<TaskRecord> ById = Comparer<TaskRecord>.Create(static (left, right) =>
        Encoding.UTF8.GetBytes(left.Definition.Id).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right.Definition.Id)));

    /// <summary>All tasks. A record that cannot be read harms no other: it is named, not thrown.</summary>
    public async Task<TaskListing> ListAsync(CancellationToken cancellation)
    {
        // The guard is read first: whatever is created after it makes a creation decided on this listing fail.
        EtcdKeyValue? guard = await etcd.GetAsync(keys.CreationGuard, cancellation).ConfigureAwait(false);
        EtcdRange range = await etcd.RangeAsync(keys.Tasks, options: null, cancellation).ConfigureAwait(false);
        List<TaskRecord> tasks = [];
        List<string> unreadable = [];
        foreach (EtcdKeyValue item in range.Items)
        {
            try
            {
                tasks.Add(Read(item));
            }
            catch (TaskRecordException wrong)
            {
                unreadable.Add(wrong.Message);
            }
        }

        tasks.Sort(ById);
        return new TaskListing(tasks, unreadable, range.Revision, guard?.ModRevision ?? 0);
    }

    /// <summary>One task, or null. A record that cannot be read is a <see cref="TaskRecordException"/>.</summary>
    public async Task<TaskRecord?> FindAsync(string id, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.Task(id), cancellation).ConfigureAwait(false) is { } found ? Read(found) : null;

    /// <summary>Stores a new task. False: there is one of that id, or another was created since <paramref name="decidedOn"/>; list and decide again.</summary>
    public async Task<bool> TryCreateAsync(TaskRecord record, TaskListing decidedOn, CancellationToken cancellation)
    {
        string key = keys.Task(record.Definition.Id);
        EtcdTxn txn = new();
        txn.WhenMissing(key).WhenModRevision(keys.CreationGuard, decidedOn.Guard);
        txn.Then.Put(key, Write(record)).Put(keys.CreationGuard, Encoding.UTF8.GetBytes(record.Definition.Id));
        return (await etcd.TxnAsync(txn, cancellation).ConfigureAwait(false)).Succeeded;
    }

    /// <summary>Changes a task, again and again until nobody else changed it meanwhile. Null: there is no such task, or <paramref name="change"/> gave null because there is nothing to change.</summary>
    public async Task<TaskRecord?> UpdateAsync(string id, Func<TaskRecord, TaskRecord?> change, CancellationToken cancellation)
    {
        string key = keys.Task(id);
        while (true)
        {
            if (await FindAsync(id, cancellation).ConfigureAwait(false) is not { } stored || change(stored) is not { } changed)
            {
                return null;
            }

            EtcdTxn txn = new();
            txn.WhenModRevision(key, stored.Revision);
            txn.Then.Put(key, Write(changed));
            EtcdTxnResult result = await etcd.TxnAsync(txn, cancellation).ConfigureAwait(false);
            if (result.Succeeded)
            {
                return changed with { Revision = result.Revision };
            }
        }
    }

    /// <inheritdoc/>
    public Task RecordStateAsync(string taskId, TaskState state, CancellationToken cancellation) =>
        UpdateAsync(taskId, task => task.State == state ? null : task with { State = state }, cancellation);

    /// <inheritdoc/>
    public Task RemoveAsync(string taskId, CancellationToken cancellation)
    {
        EtcdTxn txn = new();
        txn.Then.Delete(keys.Task(taskId)).Delete(keys.Status(taskId)).Delete(keys.Owner(taskId));
        return etcd.TxnAsync(txn, cancellation);
    }

    /// <summary>What the owning worker last published of a task; null: nobody owns it.</summary>
    public async Task<TaskReport?> FindStatusAsync(string id, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.Status(id), cancellation).ConfigureAwait(false) is { } found ? ReadStatus(found) : null;

    /// <summary>What the workers last published, by task id.</summary>
    public async Task<IReadOnlyDictionary<string, TaskReport>> ListStatusesAsync(CancellationToken cancellation)
    {
        EtcdRange range = await etcd.RangeAsync(keys.Statuses, options: null, cancellation).ConfigureAwait(false);
        return range.Items.Select(ReadStatus).OfType<TaskReport>().ToDictionary(static status => status.Id, StringComparer.Ordinal);
    }

    /// <summary>The engine's checkpoint of a task; null: none, or none that this version can read.</summary>
    public async Task<Checkpoint?> FindCheckpointAsync(string id, CancellationToken cancellation)
    {
        if (await etcd.GetAsync(keys.Checkpoint(id), cancellation).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Checkpoint>(found.Value.Span, Checkpoint.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What changes from <paramref name="fromRevision"/> on, until cancelled. Throws <see cref="EtcdCompactedException"/> when changes were missed: list again.</summary>
    public async IAsyncEnumerable<StoreChange> WatchAsync(long fromRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (EtcdWatchBatch batch in etcd.WatchAsync([keys.Tasks, keys.Owners, keys.Targets, keys.Drains], fromRevision, cancellation).ConfigureAwait(false))
        {
            foreach (EtcdEvent change in batch.Events)
            {
                if (Understand(change, batch.Revision) is { } understood)
                {
                    yield return understood;
                }
            }
        }
    }

    private StoreChange? Understand(EtcdEvent change, long revision)
    {
        string key = change.KeyValue.Key;
        bool gone = change.Kind is EtcdEventKind.Delete;
        if (key.StartsWith(keys.Tasks, StringComparison.Ordinal))
        {
            try
            {
                return gone ? new StoreChange.TaskGone(key[keys.Tasks.Length..], revision) : new StoreChange.TaskStored(Read(change.KeyValue));
            }
            catch (TaskRecordException)
            {
                // Somebody wrote into the store by hand. The task goes on as it was; the next listing names the key.
                return null;
            }
        }

        if (key.StartsWith(keys.Drains, StringComparison.Ordinal))
        {
            return new StoreChange.DrainChanged(key[keys.Drains.Length..], !gone);
        }

        return !gone ? null
            : key.StartsWith(keys.Owners, StringComparison.Ordinal) ? new StoreChange.OwnerGone(key[keys.Owners.Length..], revision)
            : new StoreChange.TargetGone();
    }

    private TaskRecord Read(EtcdKeyValue stored)
    {
        try
        {
            return (JsonSerializer.Deserialize<TaskRecord>(stored.Value.Span, TaskJson.Options) ?? throw new JsonException("it is null")) with { Revision = stored.ModRevision };
        }
        catch (JsonException wrong)
        {
            throw new TaskRecordException(stored.Key, wrong);
        }
    }

    private TaskReport? ReadStatus(EtcdKeyValue stored)
    {
        try
        {
            return JsonSerializer.Deserialize<TaskReport>(stored.Value.Span, TaskJson.Options) is { } status ? _freshness.Judge(status) : null;
        }
        catch (JsonException)
        {
            // A worker of another version may write what this one cannot read: then the status is not known.
            return null;
        }
    }

    private static byte[] Write(TaskRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, TaskJson.Options);
}
