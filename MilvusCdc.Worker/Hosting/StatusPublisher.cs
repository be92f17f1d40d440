using System.Text.Json;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Worker.Hosting;

/// <summary>Puts every owned task's status into the store when it changed, at most twice a second, and from time to time when it did not, so that any API process can show it and knows that it still holds.</summary>
internal sealed partial class StatusPublisher(
    TaskClaims claims, long leaseId, Func<IEnumerable<(TaskRunner Runner, TaskOwnership Ownership)>> owned, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly Dictionary<string, (byte[] Status, long At)> _published = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RateMeter> _meters = new(StringComparer.Ordinal);
    private bool _failed;

    public async Task RunAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            do
            {
                await PublishAsync(cancellation);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task PublishAsync(CancellationToken cancellation)
    {
        List<(TaskRunner Runner, TaskOwnership Ownership)> all = [.. owned()];
        foreach (string gone in _published.Keys.Except(all.Select(static one => one.Runner.TaskId)).ToList())
        {
            _published.Remove(gone);
            _meters.Remove(gone);
        }

        try
        {
            foreach ((TaskRunner runner, TaskOwnership ownership) in all)
            {
                if (!_meters.TryGetValue(runner.TaskId, out RateMeter? meter))
                {
                    _meters[runner.TaskId] = meter = new RateMeter(time);
                }

                TaskReport report = meter.Measure(runner.Status);
                byte[] status = JsonSerializer.SerializeToUtf8Bytes(report, TaskJson.Options);
                if (!_published.TryGetValue(runner.TaskId, out (byte[] Status, long At) before)
                    || time.GetElapsedTime(before.At) >= StatusFreshness.Heartbeat
                    || !before.Status.AsSpan().SequenceEqual(status))
                {
                    byte[] dated = JsonSerializer.SerializeToUtf8Bytes(report with { PublishedAt = time.GetUtcNow() }, TaskJson.Options);
                    await claims.PublishStatusAsync(runner.TaskId, dated, ownership, leaseId, cancellation);
                    _published[runner.TaskId] = (status, time.GetTimestamp());
                }
            }

            _failed = false;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // A status that is not shown must not stop the tasks; said once, tried twice a second.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            if (!_failed)
            {
                LogNotPublished(logger, FaultClassifier.Classify(failed).Sentence);
            }

            _failed = true;
        }
    }

    [LoggerMessage(2020, LogLevel.Warning, "The status of the tasks cannot be published; what the API shows is old until it can. {Cause}")]
    private static partial void LogNotPublished(ILogger logger, string cause);
}
