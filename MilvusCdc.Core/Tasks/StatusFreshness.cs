using System.Collections.Concurrent;
using System.Globalization;

namespace MilvusCdc.Core.Tasks;

/// <summary>
/// Tells whether a published status is still true. A worker publishes at least every <see cref="Heartbeat"/>; one that holds its lease and publishes nothing cannot (a full etcd takes no writes but keeps
/// leases). Whoever looks again and again measures by its own clock; only the first look must compare the clocks of two machines.
/// </summary>
public sealed class StatusFreshness(TimeProvider time)
{
    /// <summary>Longest time between two statuses of a task whose worker can publish.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Age from which a status is old.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    /// <summary>The report as it may be shown: an old one says that it is, and how old.</summary>
    public TaskReport Judge(TaskReport report)
    {
        if (report.PublishedAt is not { } published)
        {
            return report;
        }

        long now = time.GetTimestamp();
        Seen seen = _seen.AddOrUpdate(
            report.Id,
            _ => new Seen(published, now, now, Watched: false),
            (_, before) => before.PublishedAt == published
                ? before with { LookedAt = now }
                : new Seen(published, now, now, time.GetElapsedTime(before.LookedAt, now) < StaleAfter));
        TimeSpan age = time.GetElapsedTime(seen.FirstAt, now);
        if (!seen.Watched && time.GetUtcNow() - published is var byClocks && byClocks > age)
        {
            age = byClocks;
        }

        return age < StaleAfter ? report : report with { IsStale = true, Reason = Describe(report, age) };
    }

    private static string Describe(TaskReport report, TimeSpan age)
    {
        string words = string.Create(
            CultureInfo.InvariantCulture,
            $"what is shown is {Math.Floor(age.TotalSeconds)} s old: worker '{report.Owner}' holds the task but has not published anything since; it cannot write to the meta store (full, or too slow?), or it hangs");
        return report.Reason is { } reason ? $"{words}. Before that: {reason}" : words;
    }

    private sealed record Seen(DateTimeOffset PublishedAt, long FirstAt, long LookedAt, bool Watched);
}
