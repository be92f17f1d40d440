using Google.Protobuf;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Tests.Source;

public class OperationQueueTests
{
    private readonly OperationQueue _queue = new("by-dev-replicate-msg");

    [Fact]
    public void Operations_come_by_timestamp_and_the_restart_position_is_that_of_the_first_not_done()
    {
        Operation late = Add(0, 300);
        Operation early = Add(1, 100);

        Assert.Equal([early], _queue.UpTo(200));
        Assert.Equal([early, late], _queue.UpTo(300));
        Assert.Equal(0, _queue.Resume.Entry);

        _queue.Done(late);
        Assert.Equal(1, _queue.Resume.Entry);

        _queue.Done(early);
        Assert.Equal(2, _queue.Resume.Entry);
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public void An_operation_that_cannot_be_read_is_malformed_and_can_be_passed()
    {
        var broken = new LogMessage("by-dev-replicate-msg", LogPosition.Kafka(7), new byte[] { 0x0a, 0xff }, null);

        Assert.Throws<MalformedMessageException>(() => OperationParser.Parse(broken));
        _queue.Pass(broken);

        Assert.Equal((8, true), (_queue.Resume.Entry, _queue.IsEmpty));
    }

    [Fact]
    public void An_operation_without_a_header_is_malformed()
    {
        var empty = new LogMessage("by-dev-replicate-msg", LogPosition.Kafka(8), ReadOnlyMemory<byte>.Empty, null);

        Assert.Contains("no header", Assert.Throws<MalformedMessageException>(() => OperationParser.Parse(empty)).Message, StringComparison.Ordinal);
    }

    private Operation Add(long offset, ulong timestamp)
    {
        var request = new LoadCollectionRequest { Base = new MsgBase { MsgType = MsgType.LoadCollection, Timestamp = timestamp }, CollectionName = "c" };
        var message = new LogMessage(_queue.Channel, LogPosition.Kafka(offset), request.ToByteArray(), null);
        Operation operation = OperationParser.Parse(message);
        _queue.Add(message, operation);
        return operation;
    }
}
