using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>When a read answers and which moment it shows (target-behaviour.md §2).</summary>
public class VisibilityTests
{
    [Fact]
    public async Task Strong_waits_until_every_shard_has_the_newest_tick_and_shows_that_cut()
    {
        TargetDriver driver = new(new StandInMilvus());
        DescribeCollectionResponse c = await driver.ReadyAsync("c", 2);
        (string first, string second) = (c.PhysicalChannelNames[0], c.PhysicalChannelNames[1]);
        await driver.ReplicateAsync(first, driver.Insert(c, 50, 1, [1L]), TargetDriver.Tick(100));
        await driver.ReplicateAsync(second, driver.Insert(c, 90, 2, [2L], 1), TargetDriver.Tick(80));

        Task<string> strong = driver.RowsAsync("c", ConsistencyLevel.Strong);
        Assert.False(strong.IsCompleted);
        Assert.Equal("1=1", await driver.RowsAsync("c"));
        await driver.ReplicateAsync(first, driver.Insert(c, 120, 3, [3L]), TargetDriver.Tick(150));
        Assert.False(strong.IsCompleted);
        await driver.ReplicateAsync(second, TargetDriver.Tick(150));

        Assert.Equal("1=1 2=2", await strong);
        Assert.Equal("1=1 2=2 3=3", await driver.RowsAsync("c", ConsistencyLevel.Strong));
    }

    [Fact]
    public async Task Strong_against_the_clock_hangs_until_the_callers_deadline()
    {
        FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
        TargetDriver driver = new(new StandInMilvus(new StandInOptions { TsoFollowsTicks = false }, time));
        await driver.ReadyAsync();
        using CancellationTokenSource deadline = new();

        Task<QueryResults> strong = driver.QueryAsync("c", level: ConsistencyLevel.Strong, cancellation: deadline.Token);
        Assert.False(strong.IsCompleted);
        await deadline.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => strong);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, false)]
    public async Task Bounded_answers_while_the_last_tick_is_less_than_five_seconds_old(int seconds, bool answers)
    {
        FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
        TargetDriver driver = new(new StandInMilvus(new StandInOptions { TsoFollowsTicks = false }, time));
        DescribeCollectionResponse c = await driver.ReadyAsync();
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(1_000_000UL << 18));
        time.Advance(TimeSpan.FromSeconds(seconds));

        Task<string> bounded = driver.RowsAsync("c", ConsistencyLevel.Bounded);

        Assert.Equal(answers, bounded.IsCompleted);
        Assert.True(driver.RowsAsync("c", ConsistencyLevel.Session).IsCompleted);
    }

    [Fact]
    public async Task A_collection_without_a_tick_holds_up_flush_and_load_of_those_behind_it()
    {
        StandInMilvus milvus = new(new StandInOptions { SkipWaits = true });
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse a = await driver.CreateAsync("a", 100);
        DescribeCollectionResponse b = await driver.CreateAsync("b", 100);
        await driver.LoadAsync("a");
        await driver.LoadAsync("b");
        await driver.ReplicateAsync(b.PhysicalChannelNames[0], TargetDriver.Tick(200));

        FlushResponse blocked = await driver.CallAsync<FlushResponse>("Flush", new FlushRequest { CollectionNames = { "b" } });
        QueryResults loading = await driver.QueryAsync("b");
        await driver.ReplicateAsync(a.PhysicalChannelNames[0], TargetDriver.Tick(99));
        Assert.Equal(103, (await driver.QueryAsync("b")).Status.Code);
        await driver.ReplicateAsync(a.PhysicalChannelNames[0], TargetDriver.Tick(100));
        FlushResponse free = await driver.CallAsync<FlushResponse>("Flush", new FlushRequest { CollectionNames = { "b" } });

        Assert.Equal($"attempt #11: channel not found[channel={b.VirtualChannelNames[0]}]", blocked.Status.Reason);
        Assert.Equal((500, 103, 0), (blocked.Status.Code, loading.Status.Code, free.Status.Code));
        Assert.Equal("", await driver.RowsAsync("b"));
    }

    [Fact]
    public async Task Flush_that_waits_is_released_by_the_tick_and_is_done_when_ticks_pass_it()
    {
        TargetDriver driver = new(new StandInMilvus());
        DescribeCollectionResponse c = await driver.CreateAsync("c", 100);
        Task<FlushResponse> waiting = driver.CallAsync<FlushResponse>("Flush", new FlushRequest { CollectionNames = { "c" } });
        Assert.False(waiting.IsCompleted);
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], driver.Insert(c, 100, 1, [1L, 2L]), TargetDriver.Tick(110));
        ulong flushedAt = (await waiting).CollFlushTs["c"];

        GetFlushStateRequest ask = new() { CollectionName = "c", FlushTs = flushedAt };
        Assert.False((await driver.CallAsync<GetFlushStateResponse>("GetFlushState", ask)).Flushed);
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(120));

        Assert.True((await driver.CallAsync<GetFlushStateResponse>("GetFlushState", ask)).Flushed);
        Assert.Equal("2", (await driver.CallAsync<GetCollectionStatisticsResponse>(
            "GetCollectionStatistics", new GetCollectionStatisticsRequest { CollectionName = "c" })).Stats[0].Value);
    }
}
