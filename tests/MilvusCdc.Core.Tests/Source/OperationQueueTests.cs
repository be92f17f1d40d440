using Google.Protobuf;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
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
    public void An_operation_that_cannot_be_read_stops_the_task_naming_where_it_lies()
    {
        var broken = new LogMessage("by-dev-replicate-msg", LogPosition.Kafka(7), new byte[] { 0x0a, 0xff }, null);

        var stopped = Assert.Throws<ReplicationStoppedException>(() => OperationParser.Parse(broken));

        Assert.Equal(TaskPhase.Blocked, stopped.Phase);
        Assert.Contains("'by-dev-replicate-msg', position 7", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operation_without_a_header_stops_the_task()
    {
        var empty = new LogMessage("by-dev-replicate-msg", LogPosition.Kafka(8), ReadOnlyMemory<byte>.Empty, null);

        Assert.Contains("no header", Assert.Throws<ReplicationStoppedException>(() => OperationParser.Parse(empty)).Message, StringComparison.Ordinal);
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
