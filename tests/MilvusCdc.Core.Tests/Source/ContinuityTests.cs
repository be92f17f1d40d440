using Google.Protobuf;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.Source;

public class ContinuityTests
{
    private const ulong Frontier = 1000;
    private readonly Continuity _continuity = new("p0", LogPosition.Kafka(10), Frontier, new LogBounds(LogPosition.Kafka(2), LogPosition.Kafka(30)));

    [Fact]
    public void Only_what_lies_before_the_position_is_looked_at()
    {
        Assert.True(_continuity.IsBefore(LogPosition.Kafka(9)));
        Assert.False(_continuity.IsBefore(LogPosition.Kafka(10)));
    }

    [Theory]
    [InlineData(MsgType.TimeTick, Frontier)]
    [InlineData(MsgType.CreateCollection, Frontier + 5)]
    [InlineData(MsgType.DropPartition, Frontier + 5)]
    public void What_a_channel_may_have_before_the_position_is_passed(MsgType type, ulong timestamp) => _continuity.Look(Message(type, timestamp));

    [Fact]
    public void What_cannot_be_read_is_passed() => _continuity.Look(new LogMessage("p0", LogPosition.Kafka(9), new byte[] { 0x0a, 0x7f }, null));

    [Fact]
    public void A_tick_newer_than_the_frontier_is_a_gap_that_names_both()
    {
        SourceLogGapException gap = Assert.Throws<SourceLogGapException>(() => _continuity.Look(Message(MsgType.TimeTick, Frontier + 1)));

        Assert.Equal(("p0", LogPosition.Kafka(10)), (gap.Channel, gap.Wanted));
        Assert.Equal(
            "channel 'p0': position 10 is wanted, the broker has 2 to 30, but the tick at 9 is newer (1001) than the checkpoint that asks for what comes after it (1000): the topic was deleted and made again",
            gap.Message);
    }

    private static LogMessage Message(MsgType type, ulong timestamp) =>
        new("p0", LogPosition.Kafka(9), new TimeTickMsg { Base = new MsgBase { MsgType = type, Timestamp = timestamp } }.ToByteArray(), null);
}
