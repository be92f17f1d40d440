using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;
using DeleteRequest = MilvusCdc.Protocol.Milvus.Msg.DeleteRequest;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>What a recorded Insert or Delete tells about the recorded server: which id, channel and partitions its collection had.</summary>
internal sealed partial record RecordedElement(
    int Call, long CollectionId, string CollectionName, string Partition, long PartitionId, string Shard, int Channel, bool TextKeys)
{
    public static IEnumerable<RecordedElement> Of(int index, RecordedCall call)
    {
        if (call.Method != "ReplicateMessage" || call.Request is null)
        {
            yield break;
        }

        ReplicateMessageRequest request = ReplicateMessageRequest.Parser.ParseFrom(call.Request);
        Match channel = ChannelName().Match(request.ChannelName);
        foreach (ByteString bytes in request.Msgs)
        {
            if (channel.Success && Body(bytes) is { } body)
            {
                yield return body with { Call = index, Channel = int.Parse(channel.Groups[2].Value, CultureInfo.InvariantCulture) };
            }
        }
    }

    /// <summary>"q1" of "q1-rootcoord-dml_3".</summary>
    public static string? PrefixOf(RecordedCall call)
    {
        if (call.Method != "ReplicateMessage" || call.Request is null)
        {
            return null;
        }

        Match match = ChannelName().Match(ReplicateMessageRequest.Parser.ParseFrom(call.Request).ChannelName);
        return match.Success ? match.Groups[1].Value : null;
    }

    private static RecordedElement? Body(ByteString bytes)
    {
        try
        {
            switch (MsgHeader.Parser.ParseFrom(bytes).Base?.MsgType)
            {
                case MsgType.Insert:
                    InsertRequest insert = InsertRequest.Parser.ParseFrom(bytes);
                    bool texts = insert.FieldsData.Any(f => f.FieldId == 100 && f.Type == DataType.VarChar);
                    return new(0, insert.CollectionID, insert.CollectionName, insert.PartitionName, insert.PartitionID, insert.ShardName, 0, texts);
                case MsgType.Delete:
                    DeleteRequest delete = DeleteRequest.Parser.ParseFrom(bytes);
                    return new(0, delete.CollectionID, delete.CollectionName, delete.PartitionName, delete.PartitionID, delete.ShardName, 0, false);
                default:
                    return null;
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(.+)-(?:rootcoord-dml_(\d+)|replicate-msg)$")]
    private static partial Regex ChannelName();
}
