using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Protocol.Tests.Pulsar;

public class PulsarFlowTests
{
    [Fact]
    public void Unknown_sizes_then_permits_follow_a_cautious_guess_and_grow_with_small_messages()
    {
        PulsarFlow flow = new();
        Assert.Equal(16, flow.Grant(1 << 20));
        for (int message = 0; message < 300; message++)
        {
            flow.Came(1);
            flow.Queued(20);
            flow.Taken();
        }

        Assert.InRange(flow.Grant(1 << 20), 900, 1400);
    }

    [Fact]
    public void Large_message_then_far_fewer_are_asked_for()
    {
        PulsarFlow flow = new();
        int first = flow.Grant(4 << 20);
        for (int message = 0; message < first; message++)
        {
            flow.Came(1);
            flow.Queued(1 << 20);
        }

        Assert.Equal(0, flow.Grant(4 << 20));
        for (int message = 0; message < first; message++)
        {
            flow.Taken();
        }

        Assert.InRange(flow.Grant(4 << 20), 2, 4);
    }

    [Fact]
    public void No_permit_left_then_that_is_remembered_until_a_message_comes_with_some_left()
    {
        PulsarFlow flow = new();
        int given = flow.Grant(1 << 20);
        flow.Came(given);
        Assert.True(flow.RanOut);

        flow.Grant(1 << 20);
        flow.Came(1);
        Assert.False(flow.RanOut);
    }
}
