using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

public sealed class TaskReportSnapshotTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TaskProgress _progress = new() { Frontier = 1_000UL << 18, Head = 3_500UL << 18, CaughtUp = true };

    [Fact]
    public void Head_was_seen_just_now_then_the_lag_is_known()
    {
        _progress.SawHead(_time.GetTimestamp());
        _time.Advance(TaskReportSnapshot.HeadHolds);

        TaskReport report = Report(TaskPhase.Streaming);

        Assert.Equal((2_500L, true, null), (report.LagMs, report.CaughtUp, report.Reason));
    }

    [Fact]
    public void Nobody_has_seen_the_head_for_a_while_then_the_lag_is_not_known_and_the_task_is_not_caught_up()
    {
        _progress.SawHead(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(7));

        TaskReport report = Report(TaskPhase.Streaming);

        Assert.Equal((null, false), (report.LagMs, report.CaughtUp));
        Assert.Equal("nobody has told for 7 s where the source's log ends, so how far the target is behind is not known", report.Reason);
        Assert.Equal((null, true, null), (Report(TaskPhase.Paused).LagMs, Report(TaskPhase.Paused).CaughtUp, Report(TaskPhase.Paused).Reason));
    }

    [Fact]
    public void Head_only_rises()
    {
        _progress.RaiseHead(3_000UL << 18);
        Assert.Equal(3_500UL << 18, _progress.Head);
        _progress.RaiseHead(4_000UL << 18);
        Assert.Equal(4_000UL << 18, _progress.Head);
    }

    private TaskReport Report(TaskPhase phase) => new TaskReport { Id = "t", State = TaskState.Running, Phase = phase, Since = _time.GetUtcNow() }.With(_progress, _time);
}
