namespace MilvusCdc.Core.Resilience;

/// <summary>How faults are waited out. Configuration section <c>Cdc:Resilience</c>.</summary>
public sealed record ResilienceOptions
{
    /// <summary>Delay before a task's first new attempt; each further one waits twice as long. Default 500 ms; 50 ms to 1 min.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest delay before a task's new attempt: what a task may lag behind the end of a fault. Default 3 s; 100 ms to 10 min.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>New attempts of one call to the target before the run ends and the task shows the fault. Default 4; 0 to 20.</summary>
    public int CallRetries { get; init; } = 4;

    /// <summary>Delay before the first new attempt of a call; each further one waits twice as long. Default 100 ms; 10 ms to 10 s.</summary>
    public TimeSpan CallFirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay before a new attempt of a call. Default 2 s; 10 ms to 1 min.</summary>
    public TimeSpan CallLongestDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time that one call to the target may take, all its attempts together. Default 2 min; 1 s to 1 h.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Failed attempts within <see cref="BreakerWindow"/>, and none that succeeded, after which a target is left alone for <see cref="BreakerPause"/>. Default 20; 2 to 1,000.</summary>
    public int BreakerFailures { get; init; } = 20;

    /// <summary>Time over which failed attempts are counted. Default 10 s; 1 s to 10 min.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a target is left alone. Default 1 s; 500 ms to 1 min.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(1);
}
