namespace MilvusCdc.Web.Feed;

/// <summary>What is known of all tasks: the last good answer, when it came, and what went wrong since.</summary>
/// <param name="Tasks">Null until the first answer.</param>
/// <param name="ReceivedAt">When <paramref name="Tasks"/> came.</param>
/// <param name="Fault">Why the last question had no answer, in one sentence; null: it had.</param>
internal sealed record StatusSnapshot(IReadOnlyList<TaskView>? Tasks, DateTimeOffset? ReceivedAt, string? Fault)
{
    /// <summary>Age from which a number is no longer shown as current.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(5);

    public TaskView? Find(string id) => Tasks?.FirstOrDefault(task => task.Id == id);

    public TimeSpan? Age(DateTimeOffset now) => now - ReceivedAt;

    public bool IsStale(DateTimeOffset now) => Age(now) is not { } age || age > StaleAfter;
}
