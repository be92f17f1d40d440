using System.Buffers;
using MilvusCdc.Core.Target;

namespace MilvusCdc.Core.Tests.Target;

public class ChannelLaneTests
{
    private readonly ChannelLane _lane;
    private ulong? _tick = 42;

    public ChannelLaneTests() => _lane = new ChannelLane(static () => { }, static () => { }, () => _tick, static (_, _) => Task.CompletedTask);

    [Fact]
    public void A_pack_ends_at_its_byte_limit_but_holds_at_least_one_element()
    {
        Send(60, 60, 200);
        var options = new PackOptions { MaximumBytes = 130 };

        Assert.Equal(2, _lane.Take(options).Count);
        Assert.Single(_lane.Take(options));
        Assert.Empty(_lane.Take(options));
    }

    [Fact]
    public void A_pack_ends_at_its_element_limit()
    {
        Send(1, 1, 1);

        Assert.Equal(2, _lane.Take(new PackOptions { MaximumElements = 2 }).Count);
    }

    [Fact]
    public void A_tick_goes_before_the_rows_that_wait()
    {
        Send(10);
        Task first = _lane.RequestTick();
        Task second = _lane.RequestTick();

        List<PackElement> pack = _lane.Take(new PackOptions());
        Assert.Equal([(42UL, true), (5, false)], pack.Select(element => (element.Last, element.IsTick)));
        Assert.False(first.IsCompleted || second.IsCompleted);
        pack[0].Acknowledge();
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_tick_that_is_forbidden_when_its_turn_comes_is_not_waited_for()
    {
        _tick = null;
        Task wanted = _lane.RequestTick();

        Assert.True(_lane.HasWork);
        Assert.Empty(_lane.Take(new PackOptions()));
        Assert.True(wanted.IsCompletedSuccessfully);
        Assert.False(_lane.HasWork);
    }

    [Fact]
    public async Task A_fault_ends_all_that_waits_and_all_that_still_comes()
    {
        Task waiting = _lane.Send(new ReadOnlySequence<byte>(new byte[1]), 1, 5);

        _lane.Fail(new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => waiting);
        await Assert.ThrowsAsync<IOException>(() => _lane.RequestTick());
        Assert.False(_lane.HasWork);
    }

    [Fact]
    public async Task Quiet_ends_with_the_call_in_flight()
    {
        Send(1);
        _lane.Take(new PackOptions());
        Task quiet = _lane.Quiet;
        Assert.False(quiet.IsCompleted);

        _lane.EndCall();

        await quiet;
    }

    private void Send(params int[] sizes)
    {
        foreach (int size in sizes)
        {
            _ = _lane.Send(new ReadOnlySequence<byte>(new byte[size]), 1, 5);
        }
    }
}
