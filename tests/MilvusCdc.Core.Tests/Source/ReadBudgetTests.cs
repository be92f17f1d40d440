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
}
