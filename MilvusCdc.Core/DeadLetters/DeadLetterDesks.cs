using MilvusCdc.Core.Audit;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.DeadLetters;

/// <summary>Opens the desk of a task's run.</summary>
internal sealed class DeadLetterDesks(EtcdClient etcd, MetaKeys keys, AuditTrail audit, CdcOptions options, TimeProvider time)
{
    /// <summary>A desk that knows what earlier runs set aside and cut.</summary>
    public async Task<DeadLetterDesk> OpenAsync(TaskRun run, string logKind, Checkpoint? checkpoint, CancellationToken cancellation)
    {
        LetterShelf shelf = new(etcd, keys, audit, run.Task.Id, run.Ownership);
        DeadLetterDesk desk = new(shelf, run, options.DeadLetters, logKind, time);
        await desk.LoadAsync(checkpoint, cancellation);
        return desk;
    }
}
