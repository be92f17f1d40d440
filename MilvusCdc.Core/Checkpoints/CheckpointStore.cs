using System.Text.Json;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Checkpoints;

/// <summary>
/// What the engine keeps of a task in etcd: its checkpoint (<c>ROOT/checkpoints/ID</c>) and what each source collection is on the target
/// (<c>ROOT/mappings/ID/COLLECTION</c>). Every write is one transaction that also checks that this worker still owns the task.
/// </summary>
internal sealed class CheckpointStore(EtcdClient etcd, MetaKeys keys)
{
    /// <summary>The task's checkpoint, or null when it has none.</summary>
    public async Task<Checkpoint?> LoadAsync(string task, CancellationToken cancellation)
    {
        EtcdKeyValue? stored = await etcd.GetAsync(keys.Checkpoint(task), cancellation);
        if (stored is null)
        {
            return null;
        }

        try
        {
            Checkpoint? read = JsonSerializer.Deserialize<Checkpoint>(stored.Value.Span, Checkpoint.Json);
            return read?.Obstacle is not { } obstacle
                ? read
                : throw new ReplicationStoppedException(TaskPhase.Failed, $"the checkpoint '{keys.Checkpoint(task)}' cannot be used: {obstacle}");
        }
        catch (JsonException e)
        {
            throw new ReplicationStoppedException(TaskPhase.Failed, $"the checkpoint '{keys.Checkpoint(task)}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What each source collection is on the target.</summary>
    public async Task<IReadOnlyList<TargetCollection>> LoadMappingsAsync(string task, CancellationToken cancellation)
    {
        EtcdRange stored = await etcd.RangeAsync(keys.Mappings(task), null, cancellation);
        return [.. stored.Items.Select(item => JsonSerializer.Deserialize<TargetCollection>(item.Value.Span, Checkpoint.Json)!)];
    }

    /// <summary>The target pchannels that hold shards of a task's collections.</summary>
    public async Task<IReadOnlyCollection<string>> TargetChannelsAsync(string task, CancellationToken cancellation) =>
        (await LoadMappingsAsync(task, cancellation))
            .Where(static collection => !collection.Dropped)
            .SelectMany(static collection => collection.Shards.Select(static shard => shard.PChannel))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether rows beyond the checkpoint may be on the way, or null when the task has never sent any.</summary>
    public async Task<Cut?> LoadCutAsync(string task, CancellationToken cancellation) =>
        await etcd.GetAsync(keys.Cut(task), cancellation) is { } stored ? JsonSerializer.Deserialize<Cut>(stored.Value.Span, Checkpoint.Json) : null;

    /// <summary>States whether rows beyond the checkpoint may be on the way.</summary>
    public Task SaveCutAsync(string task, Cut cut, TaskOwnership ownership, CancellationToken cancellation) =>
        PutAsync(keys.Cut(task), JsonSerializer.SerializeToUtf8Bytes(cut, Checkpoint.Json), task, ownership, cancellation);

    /// <summary>Makes a frontier durable. Answers the revision of people's last wish about dead letters, which costs nothing in the same transaction; 0: there was none.</summary>
    public Task<long> SaveAsync(string task, Checkpoint checkpoint, TaskOwnership ownership, CancellationToken cancellation) =>
        PutAsync(keys.Checkpoint(task), JsonSerializer.SerializeToUtf8Bytes(checkpoint, Checkpoint.Json), task, ownership, cancellation);

    /// <summary>Makes a collection's identity on the target durable.</summary>
    public Task SaveMappingAsync(string task, TargetCollection collection, TaskOwnership ownership, CancellationToken cancellation) =>
        PutAsync($"{keys.Mappings(task)}{collection.SourceId}", JsonSerializer.SerializeToUtf8Bytes(collection, Checkpoint.Json), task, ownership, cancellation);

    /// <summary>Removes all of a task, its dead letters and its audit trail too.</summary>
    public async Task ForgetAsync(string task, CancellationToken cancellation)
    {
        EtcdTxn txn = new();
        txn.Then.Delete(keys.Checkpoint(task)).Delete(keys.Cut(task)).Delete(keys.LetterWish(task)).Delete(keys.BlockingMessage(task))
            .DeletePrefix(keys.Mappings(task)).DeletePrefix(keys.Letters(task)).DeletePrefix(keys.LetterBytes(task))
            .DeletePrefix(keys.LetterPermits(task)).DeletePrefix(keys.LetterCuts(task)).DeletePrefix(keys.Audit(task));
        await etcd.TxnAsync(txn, cancellation);
    }

    private async Task<long> PutAsync(string key, byte[] value, string task, TaskOwnership ownership, CancellationToken cancellation)
    {
        EtcdTxn txn = new EtcdTxn().WhenCreateRevision(ownership.OwnerKey, ownership.CreateRevision);
        txn.Then.Put(key, value).Get(keys.LetterWish(task));
        EtcdTxnResult result = await etcd.TxnAsync(txn, cancellation);
        if (!result.Succeeded)
        {
            throw new OwnershipLostException(task);
        }

        return result.Gets[0]?.ModRevision ?? 0;
    }
}

/// <summary>Another worker owns the task now; this one must not write another byte.</summary>
public sealed class OwnershipLostException(string task) : Exception($"task '{task}' belongs to another worker now: this one has stopped writing");
