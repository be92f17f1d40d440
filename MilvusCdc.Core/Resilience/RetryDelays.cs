namespace MilvusCdc.Core.Resilience;

/// <summary>How long to wait before an attempt: doubling from <see cref="ResilienceOptions.FirstDelay"/> to <see cref="ResilienceOptions.LongestDelay"/>, each spread by a fifth so that tasks do not return in step.</summary>
public sealed class RetryDelays(Random random, ResilienceOptions? options = null)
{
    private readonly ResilienceOptions _options = options ?? new ResilienceOptions();

    /// <param name="attempt">1 after the first failure.</param>
    /// <param name="action">The first <see cref="FaultAction.Refresh"/> waits a tenth of a second only.</param>
    public TimeSpan Before(int attempt, FaultAction action)
    {
        if (action is FaultAction.Refresh && attempt <= 1)
        {
            return TimeSpan.FromMilliseconds(100);
        }

        double doubled = _options.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 16));
        double bounded = Math.Min(doubled, _options.LongestDelay.TotalMilliseconds);
#pragma warning disable CA5394 // Spreading, not security.
        return TimeSpan.FromMilliseconds(bounded * (0.8 + (0.4 * random.NextDouble())));
#pragma warning restore CA5394
    }
}
