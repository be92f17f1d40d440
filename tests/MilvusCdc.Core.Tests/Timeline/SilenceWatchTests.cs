using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tests.Tasks;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Tests.Timeline;

public class SilenceWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TaskProgress _progress = new();
    private readonly SilenceWatch _watch;

    public SilenceWatchTests() => _watch = new SilenceWatch(
        new TaskRun(Sample.Record("t").Definition, new TaskOwnership("o", 1), _progress, static () => throw new InvalidOperationException("not needed")), _time);

    private static LogPosition At(long offset) => LogPosition.Kafka(offset);

    private void Look(long next, long? end) => _watch.Look("dml_3", At(next), end is { } last ? new LogBounds(At(0), At(last)) : null);

    [Fact]
    public void A_short_silence_is_nothing()
    {
        Look(5, 5);
        _time.Advance(SilenceWatch.Telling / 2);
        Look(5, 5);
        Assert.Null(_progress.Silence);
    }

    [Fact]
    public void A_broker_with_nothing_newer_means_an_idle_source()
    {
        Look(5, 5);
        _time.Advance(TimeSpan.FromMinutes(10));
        Look(5, 5);
        Assert.Equal("nothing has come on channel 'dml_3' for 600 s: the broker has nothing newer, so the source is idle or stopped", _progress.Silence);
        _watch.Clear();
        Assert.Null(_progress.Silence);
    }

    [Fact]
    public void A_broker_without_the_channel_is_told()
    {
        Look(0, null);
        _time.Advance(SilenceWatch.Telling);
        Look(0, null);
        Assert.Contains("the broker does not have the channel", _progress.Silence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_that_keeps_back_what_it_has_is_first_told_and_then_a_fault()
    {
        Look(5, 9);
        _time.Advance(SilenceWatch.Telling);
        Look(5, 9);
        Assert.Contains("has not delivered what it has", _progress.Silence, StringComparison.Ordinal);
        _time.Advance(SilenceWatch.Stale);
        SourceLogException stale = Assert.Throws<SourceLogException>(() => Look(5, 9));
        Assert.Equal("channel 'dml_3': the broker says that it has messages up to 9, but has delivered none after 5 for 20 s: its connection is stale", stale.Message);
    }

    [Fact]
    public void Every_message_begins_the_time_anew()
    {
        for (int next = 0; next < 10; next++)
        {
            Look(next, 100);
            _time.Advance(SilenceWatch.Stale * 0.9);
        }

        Assert.Null(_progress.Silence);
    }
}
