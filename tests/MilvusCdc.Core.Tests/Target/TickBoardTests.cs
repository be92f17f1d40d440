using MilvusCdc.Core.Target;

namespace MilvusCdc.Core.Tests.Target;

public class TickBoardTests
{
    private readonly TickBoard _board = new();

    [Fact]
    public void A_channel_of_one_task_gets_its_frontier() => Assert.Equal(7UL, _board.Report("p", "a", 7));

    [Fact]
    public void A_shared_channel_gets_the_smallest_frontier()
    {
        _board.Report("p", "a", 7);

        Assert.Equal(5UL, _board.Report("p", "b", 5));
        Assert.Equal(5UL, _board.Report("p", "a", 9));
        Assert.Equal(9UL, _board.Report("p", "b", 12));
    }

    [Fact]
    public void A_task_that_left_holds_nothing_back()
    {
        _board.Report("p", "a", 7);
        _board.Report("q", "a", 7);
        _board.Report("p", "b", 5);

        _board.Leave("p", "b");

        Assert.Equal(8UL, _board.Report("p", "a", 8));
        _board.LeaveAll("a");
        Assert.Equal(3UL, _board.Report("p", "c", 3));
    }
}
