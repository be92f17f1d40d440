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

    /// <summary>Makes a frontier durable.</summary>
    public Task SaveAsync(string task, Checkpoint checkpoint, TaskOwnership ownership, CancellationToken cancellation) =>
        PutAsync(keys.Checkpoint(task), JsonSerializer.SerializeToUtf8Bytes(checkpoint, Checkpoint.Json), task, ownership, cancellation);

    /// <summary>Makes a collection's identity on the target durable.</summary>
    public Task SaveMappingAsync(string task, TargetCollection collection, TaskOwnership ownership, CancellationToken cancellation) =>
        PutAsync($"{keys.Mappings(task)}{collection.SourceId}", JsonSerializer.SerializeToUtf8Bytes(collection, Checkpoint.Json), task, ownership, cancellation);

    /// <summary>Removes all of a task.</summary>
    public async Task ForgetAsync(string task, CancellationToken cancellation)
    {
        await etcd.DeleteAsync(keys.Checkpoint(task), cancellation);
        await etcd.DeletePrefixAsync(keys.Mappings(task), cancellation);
    }

    private async Task PutAsync(string key, byte[] value, string task, TaskOwnership ownership, CancellationToken cancellation)
    {
        EtcdTxn txn = new EtcdTxn().WhenCreateRevision(ownership.OwnerKey, ownership.CreateRevision);
        txn.Then.Put(key, value);
        EtcdTxnResult result = await etcd.TxnAsync(txn, cancellation);
        if (!result.Succeeded)
        {
            throw new OwnershipLostException(task);
        }
    }
}

/// <summary>Another worker owns the task now; this one must not write another byte.</summary>
public sealed class OwnershipLostException(string task) : Exception($"task '{task}' belongs to another worker now: this one has stopped writing");
