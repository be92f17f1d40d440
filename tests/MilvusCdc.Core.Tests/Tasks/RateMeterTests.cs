using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Core.Tests.Tasks;

public sealed class RateMeterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RateMeter _meter;

    public RateMeterTests() => _meter = new RateMeter(_time);

    [Fact]
    public void Rates_are_averages_over_the_window_and_fall_to_zero_when_nothing_moves()
    {
        Assert.Null(_meter.Measure(Report(1_000, 0)).Rates);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new TaskRates(50, 10, 1_000, 3), _meter.Measure(Report(7_000, 100)).Rates);

        for (int i = 0; i < 30; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            _meter.Measure(Report(7_000, 100));
        }

        Assert.Equal(new TaskRates(0, 0, 0, 0), _meter.Measure(Report(7_000, 100)).Rates);
    }

    [Fact]
    public void Worker_that_counts_anew_gives_no_negative_rate()
    {
        _meter.Measure(Report(7_000, 100));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(_meter.Measure(Report(7_000, 3)).Rates);
    }

    private static TaskReport Report(long frontierMs, long rows) => new()
    {
        Id = "t",
        State = TaskState.Running,
        Phase = TaskPhase.Streaming,
        Since = DateTimeOffset.UnixEpoch,
        FrontierMs = frontierMs,
        Collections = [new CollectionStatus { Id = "1", SourceName = "a", TargetName = "a", Inserted = rows }],
        Channels = [new ChannelStatus { Name = "c", Messages = rows / 5, Bytes = rows * 20 }],
    };
}
