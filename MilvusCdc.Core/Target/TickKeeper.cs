using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Target;

/// <summary>Looks after the ticks that no task asks for: those that one task held back from another, and those of channels on which everything stands still.</summary>
internal sealed partial class TickKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TargetSession _session;
    private readonly ILogger _logger;
    private readonly PeriodicTimer _timer;
    private readonly Task _loop;

    public TickKeeper(TargetSession session, TimeProvider time, ILogger logger)
    {
        _session = session;
        _logger = logger;
        _timer = new PeriodicTimer(ChannelStakes.KeepAlive / 2, time);
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _timer.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        bool failed = false;
        while (await NextAsync())
        {
            try
            {
                await _session.SendDueAsync().WaitAsync(_stop.Token);
                failed = false;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for these ticks: a fault is told once and the next look tries again.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                if (!failed)
                {
                    NotTicked(_logger, _session.Address, FaultClassifier.Classify(thrown).Sentence);
                }

                failed = true;
            }
        }
    }

    private async Task<bool> NextAsync()
    {
        try
        {
            return await _timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1040, LogLevel.Warning, "Target {Target} gets no ticks for what stands still there, so strong queries may wait; tried again five times a second. {Cause}")]
    private static partial void NotTicked(ILogger logger, string target, string cause);
}
