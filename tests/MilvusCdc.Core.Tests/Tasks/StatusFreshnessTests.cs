using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

public class StatusFreshnessTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Start);

    [Fact]
    public void Status_that_was_published_just_now_is_shown_as_it_is()
    {
        TaskReport report = Report(Start);
        Assert.Same(report, new StatusFreshness(_time).Judge(report));
    }

    [Fact]
    public void Status_that_is_not_published_anew_then_it_says_how_old_it_is_and_keeps_its_reason()
    {
        StatusFreshness freshness = new(_time);
        freshness.Judge(Report(Start));
        _time.Advance(TimeSpan.FromSeconds(20));

        TaskReport shown = freshness.Judge(Report(Start) with { Reason = "the target is slow" });

        Assert.True(shown.IsStale);
        Assert.StartsWith("what is shown is 20 s old: worker 'w1' holds the task", shown.Reason, StringComparison.Ordinal);
        Assert.EndsWith("Before that: the target is slow", shown.Reason, StringComparison.Ordinal);
        Assert.False(freshness.Judge(Report(Start + TimeSpan.FromSeconds(20))).IsStale);
    }

    [Fact]
    public void First_look_goes_by_the_clocks_of_both_machines_and_the_next_ones_by_what_changes()
    {
        StatusFreshness freshness = new(_time);

        // The worker's clock is a minute behind.
        Assert.True(freshness.Judge(Report(Start - TimeSpan.FromMinutes(1))).IsStale);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(freshness.Judge(Report(Start - TimeSpan.FromSeconds(55))).IsStale);
        _time.Advance(TimeSpan.FromSeconds(16));
        Assert.True(freshness.Judge(Report(Start - TimeSpan.FromSeconds(55))).IsStale);
    }

    [Fact]
    public void Status_of_a_task_that_no_worker_has_is_never_old() => Assert.False(new StatusFreshness(_time).Judge(Report(null)).IsStale);

    private static TaskReport Report(DateTimeOffset? published) => new()
    {
        Id = "a",
        State = TaskState.Running,
        Phase = TaskPhase.Streaming,
        Since = Start,
        Owner = "w1",
        PublishedAt = published,
    };
}
