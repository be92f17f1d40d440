namespace MilvusCdc.Tests.Shared;

/// <summary>Waits for what must come true soon.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Looks until <paramref name="holds"/>; throws after a minute.</summary>
    public static async Task TrueAsync(Func<Task<bool>> holds, string what)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!await holds())
        {
            if (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"not within {Patience.TotalSeconds} s: {what}");
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>The same for what can be told at once.</summary>
    public static Task TrueAsync(Func<bool> holds, string what) => TrueAsync(() => Task.FromResult(holds()), what);
}
