using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Tests.Engine;

public class StandingClockTests
{
    private static readonly DateTimeOffset CutAt = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Clocks_that_agree_then_the_time_goes_on_from_the_cut()
    {
        FakeTimeProvider time = new(CutAt + TimeSpan.FromMinutes(5));
        StandingClock clock = new(CutOf(CutAt), time);

        Assert.False(await clock.SettleAsync(_ => Task.FromResult<ulong?>(At(CutAt + TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(3))), default));

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(At(CutAt + TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(2)), clock.Now);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Machines_clock_is_off_and_the_source_lives_then_the_source_is_right(int hours)
    {
        DateTimeOffset real = CutAt + TimeSpan.FromMinutes(5);
        HurryingTime time = new(real + TimeSpan.FromHours(hours));
        StandingClock clock = new(CutOf(CutAt), time);
        int asked = 0;

        Assert.True(await clock.SettleAsync(_ => Task.FromResult<ulong?>(At(real + TimeSpan.FromSeconds(asked++ < 3 ? 0 : 3))), default));

        Assert.Equal(At(real), clock.Now);
        time.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(At(real + TimeSpan.FromSeconds(10)), clock.Now);
    }

    [Fact]
    public async Task Source_that_does_not_run_then_the_machines_clock_counts()
    {
        HurryingTime time = new(CutAt + TimeSpan.FromHours(1));
        StandingClock clock = new(CutOf(CutAt), time);

        Assert.False(await clock.SettleAsync(_ => Task.FromResult<ulong?>(At(CutAt)), default));
        Assert.True(clock.Now >= At(CutAt + TimeSpan.FromHours(1)));
    }

    private static Cut CutOf(DateTimeOffset at) => new(Sending: false, At(at), at);

    private static ulong At(DateTimeOffset time) => MilvusTime.Compose(time.ToUnixTimeMilliseconds(), 0);

    /// <summary>A clock on which every wait is over at once.</summary>
    private sealed class HurryingTime(DateTimeOffset now) : TimeProvider
    {
        private DateTimeOffset _now = now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _now += time;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
            {
                Pass(dueTime);
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }

            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
