using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Protocol.Tests.Messages;

public class TickMessageTests
{
    [Fact]
    public void Create_then_the_golden_bytes() =>
        Assert.Equal("0a0f08b0091885808080daf2cf97062001", Convert.ToHexStringLower(TickMessage.Create(445644800000000005, sourceId: 1)));

    [Fact]
    public void Create_from_the_replicator_then_source_is_minus_one() =>
        Assert.Equal(-1, Envelope.Scan(TickMessage.Create(5, sourceId: -1)).SourceId);

    [Fact]
    public void Compose_then_physical_and_logical_come_back()
    {
        ulong timestamp = MilvusTime.Compose(1700000000000, 5);
        Assert.Equal(445644800000000005UL, timestamp);
        Assert.Equal(1700000000000, MilvusTime.PhysicalMs(timestamp));
        Assert.Equal(5u, MilvusTime.Logical(timestamp));
    }

    [Theory]
    [InlineData(-1L, 0u)]
    [InlineData(1L << 46, 0u)]
    [InlineData(0L, 1u << 18)]
    public void Compose_of_what_does_not_fit_then_refused(long physicalMs, uint logical) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MilvusTime.Compose(physicalMs, logical));
}
