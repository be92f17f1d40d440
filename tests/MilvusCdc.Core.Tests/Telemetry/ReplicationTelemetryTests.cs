using System.Diagnostics;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Telemetry;
using MilvusCdc.Core.Tests.Timeline;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Tests.Telemetry;

public class ReplicationTelemetryTests
{
    private const string Origin = "00-5b759f89800e928a603595fdd8ac8362-fef3cc385d5a22cc-01";

    [Fact]
    public void A_message_gets_one_span_that_continues_the_trace_of_the_request_that_made_it()
    {
        Activity span = Assert.Single(Record(fault: null, Messages.Insert(7, 10) with { TraceParent = Origin }));

        Assert.Equal("process p0", span.DisplayName);
        Assert.Equal(ActivityKind.Consumer, span.Kind);
        Assert.Equal("5b759f89800e928a603595fdd8ac8362", span.TraceId.ToString());
        Assert.Equal("fef3cc385d5a22cc", span.ParentSpanId.ToString());
        Assert.Equal(7L, span.GetTagItem("messaging.kafka.offset"));
        Assert.Equal("shop.books", span.GetTagItem("milvus.target.collection"));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public void Each_message_of_a_group_gets_its_own_span() =>
        Assert.Equal(2, Record(fault: null, Messages.Insert(1, 10), Messages.Insert(2, 20)).Count);

    [Fact]
    public void A_fault_is_on_the_span()
    {
        Activity span = Assert.Single(Record(new IOException("gone"), Messages.Insert(7, 10)));

        Assert.Equal((ActivityStatusCode.Error, "gone"), (span.Status, span.StatusDescription));
    }

    private static List<Activity> Record(Exception? fault, params LogEntry[] entries)
    {
        string channel = $"p{Guid.NewGuid():N}";
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "MilvusCdc.Replication",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("milvus.target.channel") as string == channel)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        RowGroup group = Assert.Single(RoundGroups.Of("p0", entries));
        var collection = new TargetCollection { SourceId = 1, Database = "shop", Name = "books", Id = 2, SourceShards = ["p0_1v0"], Shards = [new TargetShard("t_2v0", channel)] };

        new ReplicationTelemetry(TimeProvider.System, "kafka").Processed(group, new Route(collection, channel, EnvelopePatch.None), fault);

        return spans;
    }
}
