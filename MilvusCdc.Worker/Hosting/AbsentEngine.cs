using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Worker.Hosting;

/// <summary>Stands in when no engine is registered: every task says so instead of the process failing to start.</summary>
internal sealed class AbsentEngine : IReplicationEngine
{
    public Task RunAsync(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, CancellationToken stop) =>
        throw new ReplicationStoppedException(TaskPhase.Failed, "this process was built without a replication engine");

    public Task ForgetAsync(string taskId, CancellationToken cancellation) => Task.CompletedTask;
}
