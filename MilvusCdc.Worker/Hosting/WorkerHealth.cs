using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MilvusCdc.Worker.Hosting;

/// <summary>Whether this worker holds a lease and so may run tasks.</summary>
internal sealed class WorkerHealth : IHealthCheck
{
    private volatile string? _obstacle = "the worker has no lease yet";

    public void InOffice() => _obstacle = null;

    public void Away(string cause) => _obstacle = cause;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_obstacle is { } obstacle ? HealthCheckResult.Degraded(obstacle) : HealthCheckResult.Healthy());
}
