using System.Text;
using MilvusCdc.Core.Engine;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Tasks;

/// <summary>
/// Who runs which task. A worker first has the target, then the task, both by keys that hang on its lease, so that all tasks of a target are with one worker
/// and a worker that died leaves nothing behind. Every method may throw <see cref="EtcdException"/>.
/// </summary>
public sealed class TaskClaims(EtcdClient etcd, MetaKeys keys)
{
    /// <summary>Takes a task that nobody owns; null: another worker owns it, or its target, or it is gone.</summary>
    public async Task<TaskOwnership?> TryClaimAsync(TaskDefinition task, string worker, long lease, CancellationToken cancellation)
    {
        string owner = keys.Owner(task.Id);
        string target = keys.Target(task.Target);
        byte[] name = Encoding.UTF8.GetBytes(worker);
        EtcdTxn takeTarget = new();
        takeTarget.WhenMissing(target).WhenMissing(owner).WhenExists(keys.Task(task.Id));
        takeTarget.Then.Put(target, name, lease);
        await etcd.TxnAsync(takeTarget, cancellation).ConfigureAwait(false);

        EtcdTxn takeTask = new();
        takeTask.WhenMissing(owner).WhenExists(keys.Task(task.Id)).WhenLease(target, lease);
        takeTask.Then.Put(owner, name, lease);
        EtcdTxnResult taken = await etcd.TxnAsync(takeTask, cancellation).ConfigureAwait(false);
        if (taken.Succeeded)
        {
            return new TaskOwnership(owner, taken.Revision);
        }

        // An answer that was lost on the way may have been a success: the key then hangs on our lease.
        EtcdKeyValue? present = await etcd.GetAsync(owner, cancellation).ConfigureAwait(false);
        return present?.Lease == lease ? new TaskOwnership(owner, present.CreateRevision) : null;
    }

    /// <summary>Gives a task back, and its target when <paramref name="lastOf"/> names it because this worker has no other task of it.</summary>
    public async Task ReleaseAsync(TaskOwnership ownership, TargetEndpoint? lastOf, long lease, CancellationToken cancellation)
    {
        EtcdTxn giveTask = new();
        giveTask.WhenCreateRevision(ownership.OwnerKey, ownership.CreateRevision);
        giveTask.Then.Delete(ownership.OwnerKey).Delete(keys.Status(ownership.OwnerKey[keys.Owners.Length..]));
        await etcd.TxnAsync(giveTask, cancellation).ConfigureAwait(false);
        if (lastOf is not null)
        {
            EtcdTxn giveTarget = new();
            giveTarget.WhenLease(keys.Target(lastOf), lease);
            giveTarget.Then.Delete(keys.Target(lastOf));
            await etcd.TxnAsync(giveTarget, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Shows what a task is doing, for as long as this worker owns it.</summary>
    public Task PublishStatusAsync(string taskId, ReadOnlyMemory<byte> status, TaskOwnership ownership, long lease, CancellationToken cancellation)
    {
        EtcdTxn txn = new();
        txn.WhenCreateRevision(ownership.OwnerKey, ownership.CreateRevision);
        txn.Then.Put(keys.Status(taskId), status, lease);
        return etcd.TxnAsync(txn, cancellation);
    }
}
