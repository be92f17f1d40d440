using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Engine;

namespace MilvusCdc.Core.Tests.Engine;

public class TaskWaitsTests
{
    [Fact]
    public void Wait_is_told_once_it_is_long_the_oldest_first_and_no_more_when_it_ends()
    {
        FakeTimeProvider time = new();
        TaskWaits waits = new();
        IDisposable first = waits.Begin("the target has not acknowledged rows", time);
        Assert.Null(waits.Describe(time));
        time.Advance(TimeSpan.FromSeconds(4));
        using IDisposable second = waits.Begin("the meta store has not taken the checkpoint", time);
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("the target has not acknowledged rows for 7 s", waits.Describe(time));
        first.Dispose();
        Assert.Null(waits.Describe(time));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("the meta store has not taken the checkpoint for 5 s", waits.Describe(time));
    }
}
