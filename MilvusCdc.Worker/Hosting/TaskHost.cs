using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Worker.Hosting;

/// <summary>Owns tasks under a lease and runs them: one <see cref="WorkerTerm"/> a lease, a new one whenever a lease is lost or etcd was away.</summary>
internal sealed partial class TaskHost(
    EtcdClient etcd, TaskStore store, TaskClaims claims, WorkerRegistry registry, IReplicationEngine engine, WorkerHealth health, CdcOptions options, TimeProvider time, ILoggerFactory logging) : BackgroundService
{
    private readonly ILogger _logger = logging.CreateLogger<TaskHost>();
    private readonly RetryDelays _delays = new(Random.Shared, options.Resilience);
    private readonly LingeringEngines _lingering = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Hosting waits for the first await of every service: etcd must not hold up the API.
        await Task.Yield();
        for (int attempt = 1; !stoppingToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await using EtcdLease lease = await etcd.GrantLeaseAsync(options.Worker.LeaseTtl, stoppingToken);
                attempt = 0;
                LogTermBegins(_logger, options.Worker.Name, lease.Id);
                TaskRunnerServices services = new(engine, store, _delays, time, logging.CreateLogger<TaskRunner>());
                WorkerTerm term = new(store, claims, registry, lease, services, _lingering, health, options.Worker, logging.CreateLogger<WorkerTerm>());
                await term.RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The worker outlives whatever ends a term: etcd that is away, a lease that was lost.
            catch (Exception failed)
#pragma warning restore CA1031
            {
                string sentence = failed is LeaseLostException ? failed.Message : FaultClassifier.Classify(failed).Sentence;
                health.Away(sentence);
                LogTermEnded(_logger, options.Worker.Name, sentence);
            }

            await Task.Delay(_delays.Before(Math.Max(attempt, 1), FaultAction.Retry), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(2001, LogLevel.Information, "Worker {Worker} takes tasks under lease {LeaseId}")]
    private static partial void LogTermBegins(ILogger logger, string worker, long leaseId);

    [LoggerMessage(2002, LogLevel.Warning, "Worker {Worker} runs no tasks now and will take them again. {Cause}")]
    private static partial void LogTermEnded(ILogger logger, string worker, string cause);
}
