using MilvusCdc.Core.Source.Catalog;

namespace MilvusCdc.Core.Tests.Source;

public sealed class SharedRunTests
{
    [Fact]
    public async Task Callers_during_a_run_then_all_of_them_wait_for_the_one_that_follows()
    {
        List<TaskCompletionSource> runs = [];
        var begun = new SemaphoreSlim(0);
        var shared = new SharedRun(() =>
        {
            runs.Add(new TaskCompletionSource());
            begun.Release();
            return runs[^1].Task;
        });
        Task first = shared.JoinAsync(CancellationToken.None);
        await begun.WaitAsync();
        Task[] during = [shared.JoinAsync(CancellationToken.None), shared.JoinAsync(CancellationToken.None), shared.JoinAsync(CancellationToken.None)];
        runs[0].SetResult();
        await first;
        await begun.WaitAsync();
        Assert.All(during, waiting => Assert.False(waiting.IsCompleted));
        runs[1].SetResult();
        await Task.WhenAll(during);
        Assert.Equal(2, runs.Count);
    }

    [Fact]
    public async Task A_run_that_fails_then_its_callers_learn_why_and_the_next_one_is_free()
    {
        int runs = 0;
        var shared = new SharedRun(() => ++runs == 1 ? throw new InvalidOperationException("first") : Task.CompletedTask);
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => shared.JoinAsync(CancellationToken.None));
        Assert.Equal("first", failed.Message);
        await shared.JoinAsync(CancellationToken.None);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task A_caller_gives_up_then_the_run_goes_on_for_the_others()
    {
        var run = new TaskCompletionSource();
        var shared = new SharedRun(() => run.Task);
        using var impatient = new CancellationTokenSource();
        Task one = shared.JoinAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Task other = shared.JoinAsync(CancellationToken.None);
        run.SetResult();
        await other;
    }
}
