using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Tests.Timeline;

public class ChannelBufferTests
{
    [Fact]
    public void Taking_leaves_what_is_newer_than_the_boundary_and_answers_where_a_restart_must_read()
    {
        ChannelBuffer buffer = Filled(rows: [(0, 50), (1, 250), (2, 90)], ticks: [(3, 200)]);
        var taken = new List<LogEntry>();

        LogPosition resume = buffer.TakeUpTo(Messages.At(200), taken);

        Assert.Equal([0L, 2], taken.Select(entry => entry.Position.Entry));
        Assert.Equal(1, resume.Entry);
        Assert.True(buffer.HasEntries);
    }

    [Fact]
    public void Without_newer_changes_a_restart_reads_from_the_next_tick()
    {
        ChannelBuffer buffer = Filled(rows: [(0, 50)], ticks: [(1, 200), (2, 400)]);

        Assert.Equal(2, buffer.TakeUpTo(Messages.At(200), []).Entry);
    }

    [Fact]
    public void Without_a_next_tick_a_restart_reads_after_the_last_message()
    {
        ChannelBuffer buffer = Filled(rows: [(0, 50)], ticks: [(1, 200)]);

        Assert.Equal(2, buffer.TakeUpTo(Messages.At(200), []).Entry);
    }

    [Fact]
    public void A_tick_that_closed_the_round_from_beyond_is_read_again_since_it_may_end_a_later_one()
    {
        ChannelBuffer buffer = Filled(rows: [], ticks: [(0, 190), (1, 210)]);

        Assert.Equal(1, buffer.TakeUpTo(Messages.At(200), []).Entry);
        Assert.Equal(Messages.At(210), buffer.FirstTick(0));
    }

    [Fact]
    public void What_lies_at_or_before_the_start_is_skipped()
    {
        var buffer = new ChannelBuffer("p", Messages.At(100));
        buffer.Add(Messages.Insert(0, 100), LogPosition.Kafka(1));
        buffer.Add(Messages.Insert(1, 101), LogPosition.Kafka(2));
        var taken = new List<LogEntry>();

        buffer.TakeUpTo(ulong.MaxValue, taken);

        Assert.Equal([1L], taken.Select(entry => entry.Position.Entry));
    }

    [Fact]
    public void Bytes_are_those_that_wait()
    {
        ChannelBuffer buffer = Filled(rows: [(0, 50), (1, 250)], ticks: []);
        long all = buffer.Bytes;

        buffer.TakeUpTo(Messages.At(100), []);

        Assert.InRange(buffer.Bytes, 1, all - 1);
    }

    [Fact]
    public void A_tick_that_goes_back_is_of_no_use()
    {
        ChannelBuffer buffer = Filled(rows: [], ticks: [(0, 200), (1, 150), (2, 200)]);

        buffer.TakeUpTo(Messages.At(200), []);

        Assert.False(buffer.HasTicks);
        Assert.Equal(Messages.At(200), buffer.LastTick);
    }

    private static ChannelBuffer Filled((long Offset, long At)[] rows, (long Offset, long At)[] ticks)
    {
        var buffer = new ChannelBuffer("p", 0);
        foreach ((long offset, long at) in rows)
        {
            buffer.Add(Messages.Insert(offset, at), LogPosition.Kafka(offset + 1));
        }

        foreach ((long offset, long at) in ticks)
        {
            buffer.AddTick(new TickEntry(LogPosition.Kafka(offset), Messages.At(at)), LogPosition.Kafka(offset + 1));
        }

        return buffer;
    }
}
