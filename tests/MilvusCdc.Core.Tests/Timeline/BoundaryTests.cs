using MilvusCdc.Core.Source;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Tests.Timeline;

public class BoundaryTests
{
    [Fact]
    public void A_tick_that_all_channels_have_ends_the_round() =>
        Assert.Equal(Messages.At(200), Boundary.Next(0, [Channel(200, 400), Channel(200, 400), Channel(200)]));

    [Fact]
    public void The_smallest_tick_ends_the_round_when_channels_differ() =>
        Assert.Equal(Messages.At(180), Boundary.Next(0, [Channel(200, 400), Channel(180, 390)]));

    [Fact]
    public void A_channel_without_a_tick_holds_the_round_back() => Assert.Null(Boundary.Next(0, [Channel(200), Channel()]));

    [Fact]
    public void Ticks_closer_than_the_shortest_round_are_passed_over() =>
        Assert.Equal(Messages.At(300), Boundary.Next(Messages.At(200), [Channel(200, 250, 299, 300, 310), Channel(310)]));

    [Fact]
    public void Ticks_of_a_clock_that_stands_still_end_a_round_by_their_number()
    {
        var channel = new ChannelBuffer("p", Messages.At(200));
        for (uint tick = 1; tick <= 7; tick++)
        {
            channel.AddTick(new TickEntry(LogPosition.Kafka(tick), Messages.At(200) + tick), LogPosition.Kafka(tick + 1));
        }

        Assert.Equal(Messages.At(200) + Boundary.MostTicks, Boundary.Next(Messages.At(200), [channel]));
        channel.TakeUpTo(Messages.At(200) + Boundary.MostTicks, []);
        Assert.Null(Boundary.Next(Messages.At(200) + Boundary.MostTicks, [channel]));
    }

    [Fact]
    public void The_same_boundaries_follow_from_the_log_wherever_reading_stopped()
    {
        long[][] ticks = [[200, 390, 610, 800, 1000], [200, 410, 600, 800, 1010], [200, 400, 600, 790]];
        List<ulong> whole = All(0, ticks);
        Assert.True(whole.Count >= 4);
        for (int i = 0; i < whole.Count; i++)
        {
            Assert.Equal(whole.Skip(i + 1), All(whole[i], ticks));
        }
    }

    private static List<ulong> All(ulong from, long[][] ticks)
    {
        ChannelBuffer[] channels = [.. ticks.Select(channel => Channel(from, channel))];
        var boundaries = new List<ulong>();
        ulong last = from;
        while (Boundary.Next(last, channels) is { } boundary)
        {
            boundaries.Add(last = boundary);
            foreach (ChannelBuffer channel in channels)
            {
                channel.TakeUpTo(boundary, []);
            }
        }

        return boundaries;
    }

    private static ChannelBuffer Channel(params long[] ticks) => Channel(0, ticks);

    private static ChannelBuffer Channel(ulong after, long[] ticks)
    {
        var buffer = new ChannelBuffer("p", after);
        for (int i = 0; i < ticks.Length; i++)
        {
            buffer.AddTick(new TickEntry(LogPosition.Kafka(i), Messages.At(ticks[i])), LogPosition.Kafka(i + 1));
        }

        return buffer;
    }
}
