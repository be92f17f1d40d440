using MilvusCdc.Core.Source;

namespace MilvusCdc.Core.Tests.Source;

public class ReadBudgetTests
{
    [Fact]
    public void Tasks_share_what_the_process_may_hold_and_none_has_more_than_its_own_limit()
    {
        ReadBudget budget = new(new SourceReaderOptions { BudgetBytes = 60, ProcessBudgetBytes = 100 });
        Assert.Equal(60, budget.OfOneTask);
        IDisposable first = budget.Enter();
        Assert.Equal(60, budget.OfOneTask);
        using IDisposable second = budget.Enter();
        Assert.Equal(50, budget.OfOneTask);
        first.Dispose();
        first.Dispose();
        Assert.Equal(60, budget.OfOneTask);
    }

    [Theory]
    [InlineData(16, 4, 4)]
    [InlineData(256, 64, 64)]
    [InlineData(1024, 64, 256)]
    public void Budget_is_parted_between_what_is_read_ahead_and_what_is_on_the_way(long mebibytes, long readAhead, long onTheWay)
    {
        ReadBudget budget = new(new SourceReaderOptions { BudgetBytes = mebibytes << 20, ProcessBudgetBytes = 1L << 40 });
        Assert.Equal((readAhead << 20, onTheWay << 20), (budget.ReadAhead, budget.OnTheWay));
    }
}
