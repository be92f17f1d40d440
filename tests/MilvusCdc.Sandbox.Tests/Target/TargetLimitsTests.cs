using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>Sizes, positions and what a failed pack leaves behind (target-behaviour.md §1).</summary>
public class TargetLimitsTests
{
    [Theory]
    [InlineData(QueueKind.Kafka, "Broker: Message size too large")]
    [InlineData(QueueKind.Pulsar, "message size exceeds MaxMessageSize: MessageTooBig")]
    public async Task An_element_too_big_for_the_queue_leaves_what_stands_before_it(QueueKind queue, string reason)
    {
        StandInMilvus milvus = new(new StandInOptions { Queue = queue, MaxElementBytes = 400 });
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        string channel = c.PhysicalChannelNames[0];
        int before = milvus.Log(channel).Count;

        ReplicateMessageResponse answer = await driver.SendAsync(
            channel, TargetDriver.Tick(5), TargetDriver.Tick(6), driver.Insert(c, 7, 1, Enumerable.Range(0, 100).Select(i => (object)(long)i)), TargetDriver.Tick(8));

        Assert.Equal((65535, reason), (answer.Status.Code, answer.Status.Reason));
        Assert.Equal([5UL, 6UL], milvus.Log(channel).Skip(before).Select(e => e.Timestamp));
        Assert.Equal(6UL, milvus.Snapshot().Databases["default"].Collections["c"].Shards[0].Tick);
    }

    [Fact]
    public async Task An_element_that_cannot_be_decoded_leaves_nothing()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        string channel = (await driver.ReadyAsync()).PhysicalChannelNames[0];
        int before = milvus.Log(channel).Count;

        ReplicateMessageResponse answer = await driver.SendAsync(channel, TargetDriver.Tick(5), new MsgHeader(), TargetDriver.Tick(6));

        Assert.Equal(1901, answer.Status.Code);
        Assert.Equal(before, milvus.Log(channel).Count);
    }

    [Fact]
    public async Task A_call_too_big_is_RESOURCE_EXHAUSTED_and_has_no_effect()
    {
        StandInMilvus milvus = new(new StandInOptions { MaxCallBytes = 300 });
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();

        GrpcException error = await Assert.ThrowsAsync<GrpcException>(
            () => driver.SendAsync(c.PhysicalChannelNames[0], driver.Insert(c, 7, 1, Enumerable.Range(0, 100).Select(i => (object)(long)i))));

        Assert.Equal(GrpcStatus.ResourceExhausted, error.Status);
        Assert.Matches(@"^grpc: received message larger than max \(\d+ vs\. 300\)$", error.Detail);
        Assert.False(milvus.IsDead);
    }

    [Fact]
    public async Task Kafka_positions_are_dense_offsets_of_the_topic()
    {
        TargetDriver driver = new(new StandInMilvus());

        Assert.Equal("AAAAAAAAAAA=", (await driver.SendAsync("t1-rootcoord-dml_7", TargetDriver.Tick(1))).Position);
        Assert.Equal("AgAAAAAAAAA=", (await driver.SendAsync("t1-rootcoord-dml_7", TargetDriver.Tick(2), TargetDriver.Tick(3))).Position);
        Assert.Equal("AAAAAAAAAAA=", (await driver.SendAsync("t1-rootcoord-dml_8", TargetDriver.Tick(1))).Position);
    }

    [Fact]
    public async Task New_collections_take_the_least_used_channels()
    {
        TargetDriver driver = new(new StandInMilvus(new StandInOptions { ChannelCount = 3, ChannelPrefix = "x" }));

        DescribeCollectionResponse a = await driver.CreateAsync("a", shards: 2);
        DescribeCollectionResponse b = await driver.CreateAsync("b", shards: 2);

        Assert.Equal(["x-rootcoord-dml_0", "x-rootcoord-dml_1"], a.PhysicalChannelNames);
        Assert.Equal(["x-rootcoord-dml_2", "x-rootcoord-dml_0"], b.PhysicalChannelNames);
        Assert.Equal($"x-rootcoord-dml_2_{b.CollectionID}v0", b.VirtualChannelNames[0]);
    }
}
