using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Messages;

/// <summary>The message that moves a channel's time forward on the target.</summary>
public static class TickMessage
{
    /// <summary>A TimeTick message: base with type 1200, the timestamp and who sent it; nothing else (<c>milvus-source-formats.md</c> §4.5).</summary>
    public static byte[] Create(ulong timestamp, long sourceId) =>
        new TimeTickMsg { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = timestamp, SourceID = sourceId } }.ToByteArray();
}
