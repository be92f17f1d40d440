using Google.Protobuf;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Tests.Timeline;

/// <summary>Small messages as a source writes them.</summary>
internal static class Messages
{
    public static ulong At(long milliseconds) => MilvusTime.Compose(1_700_000_000_000 + milliseconds, 0);

    public static LogEntry Insert(long offset, long milliseconds, long collection = 1, long partition = 10, string shard = "p0_1v0", long id = 0)
    {
        var message = new InsertRequest
        {
            Base = new MsgBase { MsgType = MsgType.Insert, MsgID = id == 0 ? offset + 1000 : id, Timestamp = At(milliseconds) },
            ShardName = shard,
            CollectionID = collection,
            PartitionID = partition,
            NumRows = 1,
            Version = InsertDataVersion.ColumnBased,
        };
        message.Timestamps.Add(At(milliseconds));
        message.RowIDs.Add(offset);
        var column = new FieldData { Type = DataType.Int64, FieldName = "id", FieldId = 100, Scalars = new ScalarField { LongData = new LongArray() } };
        column.Scalars.LongData.Data.Add(offset);
        message.FieldsData.Add(column);
        return Entry(offset, message);
    }

    public static LogEntry Delete(long offset, long milliseconds, long collection = 1, long partition = -1, string shard = "p0_1v0")
    {
        var message = new DeleteRequest
        {
            Base = new MsgBase { MsgType = MsgType.Delete, MsgID = offset + 1000, Timestamp = At(milliseconds) },
            ShardName = shard,
            CollectionID = collection,
            PartitionID = partition,
            NumRows = 1,
            PrimaryKeys = new IDs { IntId = new LongArray() },
        };
        message.Timestamps.Add(At(milliseconds));
        message.PrimaryKeys.IntId.Data.Add(offset);
        return Entry(offset, message);
    }

    public static LogEntry DropCollection(long offset, long milliseconds, long collection = 1) => Entry(offset, new DropCollectionRequest
    {
        Base = new MsgBase { MsgType = MsgType.DropCollection, Timestamp = At(milliseconds) },
        CollectionID = collection,
        CollectionName = "c",
    });

    public static LogEntry Entry(long offset, IMessage message) => new(LogPosition.Kafka(offset), Envelope.Scan(message.ToByteArray()), null, 0);
}
