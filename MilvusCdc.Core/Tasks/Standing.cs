using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Tasks;

/// <summary>Keeps a task's target queryable while the task stands still; a target that is away is tried again for as long as that.</summary>
internal sealed partial class Standing(TaskDefinition task, TaskOwnership ownership, TaskProgress progress, TaskRunnerServices services)
{
    private CancellationTokenSource? _stop;

    /// <summary>Ends when nothing of it runs any more.</summary>
    public Task End { get; private set; } = Task.CompletedTask;

    /// <summary>Whether a task in that phase waits for a person, so that nothing else keeps its target's ticks going.</summary>
    public static bool Fits(TaskPhase phase) => phase is TaskPhase.Paused or TaskPhase.Blocked or TaskPhase.GapDetected or TaskPhase.Failed;

    /// <summary>Begins or ends it.</summary>
    public void Set(bool standing)
    {
        if (standing && _stop is null)
        {
            _stop = new CancellationTokenSource();
            Task before = End;
            CancellationToken token = _stop.Token;
            End = Task.Run(() => RunAsync(before, token), CancellationToken.None);
        }
        else if (!standing && _stop is { } running)
        {
            _stop = null;

            // Not disposed of: it has no timer, and its callbacks must not hold the caller.
            _ = running.CancelAsync();
        }
    }

    private async Task RunAsync(Task before, CancellationToken stop)
    {
        await before.ConfigureAwait(false);
        for (int attempt = 1; !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                await services.Engine.StandAsync(task, ownership, progress, stop).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the target or the store does: the task stands still, and ticks are tried again.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                LogNotStanding(services.Logger, task.Id, FaultClassifier.Classify(thrown).Sentence);
            }

            await Task.Delay(services.Delays.Before(attempt, FaultAction.Retry), services.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(1020, LogLevel.Warning, "Task {TaskId} stands still and its target gets no ticks, so strong queries may wait; tried again. {Cause}")]
    private static partial void LogNotStanding(ILogger logger, string taskId, string cause);
}
