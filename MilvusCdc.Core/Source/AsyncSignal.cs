namespace MilvusCdc.Core.Source;

/// <summary>Wakes one waiter; a set that nobody waits for is kept.</summary>
internal sealed class AsyncSignal
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);

    /// <summary>Wakes the waiter, now or when it comes.</summary>
    public void Set()
    {
        try
        {
            if (_semaphore.CurrentCount == 0)
            {
                _semaphore.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Set by another thread in between: the waiter will wake all the same.
        }
    }

    /// <summary>Waits for a set.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _semaphore.WaitAsync(cancellation);

    /// <summary>Waits for a set, at most for <paramref name="limit"/>.</summary>
    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellation) => _semaphore.WaitAsync(limit, cancellation);
}
