using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Web.Feed;

namespace MilvusCdc.Web.Tests.Feed;

public sealed class StatusFeedTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StatusFeed _feed;

    public StatusFeedTests() => _feed = new StatusFeed(_time);

    [Fact]
    public void A_missed_answer_keeps_the_old_numbers_and_they_grow_stale()
    {
        _feed.Received([Task(rows: 1)]);
        _feed.Missed("gone");
        Assert.False(_feed.Current.IsStale(_feed.Now));

        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("gone", _feed.Current.Fault);
        Assert.NotNull(_feed.Current.Find("t"));
        Assert.True(_feed.Current.IsStale(_feed.Now));
        Assert.Equal(TimeSpan.FromSeconds(6), _feed.Current.Age(_feed.Now));
    }

    [Fact]
    public void Rate_is_rows_of_the_last_five_seconds_and_unknown_when_the_count_begins_anew()
    {
        Assert.Null(_feed.RowsPerSecond("t"));
        for (int second = 0; second <= 10; second++)
        {
            _feed.Received([Task(rows: second < 5 ? 0 : (second - 5) * 100)]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(100, _feed.RowsPerSecond("t"));

        _feed.Received([Task(rows: 7)]);
        Assert.Null(_feed.RowsPerSecond("t"));
    }

    [Fact]
    public void History_holds_two_minutes_and_forgets_tasks_that_are_gone()
    {
        for (int second = 0; second < 130; second++)
        {
            _feed.Received([Task(rows: 0, lag: TimeSpan.FromSeconds(second))]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(120, _feed.Lags("t").Count);
        Assert.Equal(TimeSpan.FromSeconds(10), _feed.Lags("t")[0]);

        _feed.Received([]);
        Assert.Empty(_feed.Lags("t"));
    }

    private static TaskView Task(long rows, TimeSpan? lag = null) => new()
    {
        Id = "t",
        Lag = lag,
        Collections = [new CollectionView { Id = "1", Inserted = rows, Deleted = 0 }],
    };
}
