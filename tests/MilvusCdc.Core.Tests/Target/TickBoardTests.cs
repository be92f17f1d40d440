using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Tests.Target;

public class TickBoardTests
{
    private static readonly TimeSpan Long = ChannelStakes.Patience * 4;
    private readonly FakeTimeProvider _time = new();
    private readonly TickBoard _board;

    public TickBoardTests() => _board = new TickBoard(_time);

    private static ulong At(long ms) => MilvusTime.Compose(1_700_000_000_000 + ms, 0);

    private void Commit(string task, long ms, params string[] pchannels)
    {
        _board.Commit(task, At(ms), _board.Mark(task), pchannels);
        foreach (string pchannel in pchannels)
        {
            _board.Take(pchannel, task);
        }
    }

    [Fact]
    public void A_channel_of_one_task_gets_its_frontier()
    {
        Assert.Null(_board.Take("p", "a"));
        Commit("a", 7, "p");
        Assert.Equal(At(7), _board.Take("p", "a"));
        Assert.Null(_board.Take("q", "a"));
    }

    [Fact]
    public void A_shared_channel_gets_the_smallest_frontier_of_tasks_that_move()
    {
        Commit("a", 700, "p");
        Commit("b", 500, "p");
        Assert.Equal(At(500), _board.Take("p", "a"));
        Commit("a", 900, "p");
        Assert.Equal(At(500), _board.Take("p", "a"));
        Commit("b", 1200, "p");
        Assert.Equal(At(900), _board.Take("p", "a"));
    }

    [Fact]
    public void A_task_without_news_holds_others_back_for_a_moment_only()
    {
        Commit("b", 500, "p");
        Commit("a", 700, "p");
        _time.Advance(Long);
        Commit("a", 900, "p");
        Assert.Equal(At(900), _board.Take("p", "a"));
    }

    [Fact]
    public void A_task_with_rows_on_the_way_holds_others_back_however_long_it_takes_and_is_named()
    {
        Commit("b", 500, "p");
        _board.Send("p", "b");
        _time.Advance(Long);
        Commit("a", 900, "p");
        Assert.Equal(At(500), _board.Take("p", "a"));
        Assert.Equal("b", _board.HoldersAgainst("a")["p"]);
        Assert.Empty(_board.HoldersAgainst("b"));
        Assert.False(_board.IsAtCut("b"));
    }

    [Fact]
    public void Rows_sent_after_the_mark_are_still_on_the_way_after_the_commit()
    {
        _board.Send("p", "b");
        var mark = _board.Mark("b");
        _board.Send("p", "b");
        _board.Commit("b", At(500), mark, ["p"]);
        Assert.False(_board.IsAtCut("b"));
        Commit("b", 600, "p");
        Assert.True(_board.IsAtCut("b"));
    }

    [Fact]
    public void A_task_that_ended_with_rows_on_the_way_holds_until_it_has_run_far_enough_again()
    {
        _board.Begin("b", At(500));
        _board.Send("p", "b");
        _board.LeaveAll("b");
        _time.Advance(Long);
        Commit("a", 900, "p");
        Assert.Equal(At(500), _board.Take("p", "a"));

        _board.Begin("b", At(500));
        Assert.False(_board.IsRecovered("b"));
        Commit("b", 600, "p");
        _time.Advance(Long);
        Assert.Equal(At(600), _board.Take("p", "a"));
        _board.Recover("b");
        Assert.Equal(At(900), _board.Take("p", "a"));
        Assert.True(_board.IsRecovered("b"));
    }

    [Fact]
    public void A_task_that_ended_at_a_cut_or_was_deleted_holds_nothing_back()
    {
        Commit("a", 900, "p");
        Commit("b", 500, "p", "q");
        _board.LeaveAll("b");
        Assert.Equal(At(900), _board.Take("p", "a"));

        _board.Suspect("c", At(100), ["p"]);
        Assert.Equal(At(100), _board.Take("p", "a"));
        _board.Forget("c");
        Assert.Equal(At(900), _board.Take("p", "a"));
    }

    [Fact]
    public void An_earlier_process_that_never_wrote_a_checkpoint_forbids_every_tick()
    {
        _board.Suspect("b", 0, ["p"]);
        Commit("a", 900, "p");
        Assert.Null(_board.Take("p", "a"));
    }

    [Fact]
    public void A_tick_that_was_held_back_is_due_when_the_holder_is_done()
    {
        _board.Begin("b", At(500));
        _board.Send("p", "b");
        Commit("a", 900, "p");
        _board.Ticked("p", At(500));
        Assert.Null(_board.Due("p"));
        Commit("b", 600);
        _time.Advance(Long);
        Assert.Equal(At(900), _board.Due("p"));
        Assert.Equal(["p"], _board.Due());
        _board.Ticked("p", At(900));
        Assert.Empty(_board.Due());
    }

    [Fact]
    public void A_tick_that_a_task_is_about_to_take_is_not_due_too()
    {
        _board.Commit("a", At(900), _board.Mark("a"), ["p"]);
        Assert.Null(_board.Due("p"));
        Assert.Equal(At(900), _board.Take("p", "a"));
        _board.Ticked("p", At(900));
        Assert.Null(_board.Due("p"));
    }

    [Fact]
    public void Others_wait_for_a_task_that_lags_far_behind_and_they_pass_when_nothing_of_it_is_on_the_way()
    {
        Commit("a", 60_000, "p");
        Commit("b", 0, "p");
        _board.Ticked("p", At(100));
        Assert.False(_board.OthersWaitFor("b"));
        _board.Send("p", "b");
        _time.Advance(Long);
        Assert.True(_board.OthersWaitFor("b"));
        Assert.False(_board.OthersWaitFor("a"));
        Assert.Null(_board.Due("p"));
        Commit("b", 1000);
        Assert.Equal(At(60_000), _board.Due("p"));
    }

    [Fact]
    public void Channels_on_which_all_stands_still_get_the_sources_time_five_times_a_second()
    {
        long now = 2000;
        Commit("a", 500, "p");
        _board.Ticked("p", At(500));
        _board.LeaveAll("a");
        _board.Stand("a", () => At(now), ["p"]);
        Assert.Null(_board.Due("p"));
        _time.Advance(ChannelStakes.KeepAlive);
        Assert.Equal(At(2000), _board.Due("p"));
        _board.Ticked("p", At(2000));
        now = 2200;
        Assert.Null(_board.Due("p"));
        _time.Advance(ChannelStakes.KeepAlive);
        Assert.Equal(At(2200), _board.Due("p"));
    }

    [Fact]
    public void A_task_that_stands_still_neither_holds_back_others_nor_ticks_over_their_rows()
    {
        _board.Stand("a", () => At(9000), ["p"]);
        _board.Send("p", "b");
        _time.Advance(Long);
        Assert.Null(_board.Due("p"));
        Commit("b", 700, "p");
        Assert.Equal(At(700), _board.Take("p", "a"));

        _board.Begin("a", At(500));
        Commit("b", 800, "p");
        Assert.Equal(At(500), _board.Take("p", "a"));
    }
}
