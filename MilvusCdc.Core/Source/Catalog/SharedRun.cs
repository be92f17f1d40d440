namespace MilvusCdc.Core.Source.Catalog;

/// <summary>
/// One run at a time for any number of callers. Who comes while a run is on waits for the next one, since the run may have begun before what the caller asks about happened.
/// </summary>
internal sealed class SharedRun(Func<Task> run)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;
    private bool _running;

    /// <summary>Returns when a run that began after the call has ended; throws what the run threw. Cancellation ends the waiting, not the run.</summary>
    internal Task JoinAsync(CancellationToken cancellation)
    {
        Task joined;
        lock (_gate)
        {
            _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            joined = _next.Task;
            if (!_running)
            {
                _running = true;
                _ = RunAsync();
            }
        }

        return joined.WaitAsync(cancellation);
    }

    private async Task RunAsync()
    {
        // The first caller is not kept from its own waiting.
        await Task.Yield();
        while (true)
        {
            TaskCompletionSource mine;
            lock (_gate)
            {
                if (_next is null)
                {
                    _running = false;
                    return;
                }

                mine = _next;
                _next = null;
            }

            try
            {
                await run();
                mine.SetResult();
            }
            catch (Exception e)
            {
                // Not swallowed: whatever it is, it belongs to those who wait. Read once, so that nobody waiting any more is no unobserved fault.
                mine.SetException(e);
                _ = mine.Task.Exception;
            }
        }
    }
}
