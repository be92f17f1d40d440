using Microsoft.Extensions.Logging;
using MilvusCdc.Core.Resilience;

namespace MilvusCdc.Core.Tasks;

/// <summary>Stores what a task has reached, the newest only, and keeps trying: a store that is away must not stop a task.</summary>
internal sealed partial class TaskRecorder(string taskId, TaskRunnerServices services) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskState? _wanted;
    private Task _writing = Task.CompletedTask;

    public void Record(TaskState state)
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _wanted = state;
            if (_writing.IsCompleted)
            {
                _writing = Task.Run(() => WriteAsync(_stop.Token), CancellationToken.None);
            }
        }
    }

    /// <summary>Gives a write that is under way one second to end. What is not stored then is stored by the next owner.</summary>
    public async Task StopAsync()
    {
        Task writing;
        lock (_lock)
        {
            writing = _writing;
            _stop.CancelAfter(TimeSpan.FromSeconds(1));
        }

        await writing.ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        for (int attempt = 1; ; attempt++)
        {
            TaskState? state;
            lock (_lock)
            {
                state = _wanted;
                if (state is null)
                {
                    _writing = Task.CompletedTask;
                    return;
                }
            }

            try
            {
                await services.Journal.RecordStateAsync(taskId, state.Value, stop).ConfigureAwait(false);
                attempt = 0;
                lock (_lock)
                {
                    _wanted = _wanted == state ? null : _wanted;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the store throws: the task goes on and the state is written later.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                LogNotStored(services.Logger, taskId, state.Value, FaultClassifier.Classify(thrown).Sentence);
                try
                {
                    await Task.Delay(services.Delays.Before(attempt, FaultAction.Retry), services.Time, stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    [LoggerMessage(1010, LogLevel.Warning, "Task {TaskId} is {State}, which is not stored yet and will be tried again. {Cause}")]
    private static partial void LogNotStored(ILogger logger, string taskId, TaskState state, string cause);
}
