using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Replicate;

/// <summary>One decoded element of a pack: its type and, for the types that readers act on, its body.</summary>
internal sealed record Element(int Index, MsgType Type, ulong Timestamp, ByteString Bytes, IMessage Body)
{
    // LoadPartitions (205) and ReleasePartitions (206) cannot be decoded in 2.3.5.
    private static readonly Dictionary<int, Func<IMessage>> Bodies = new()
    {
        [100] = () => new CreateCollectionRequest(),
        [101] = () => new DropCollectionRequest(),
        [106] = () => new Protocol.Milvus.Api.LoadCollectionRequest(),
        [107] = () => new Protocol.Milvus.Api.ReleaseCollectionRequest(),
        [200] = () => new CreatePartitionRequest(),
        [201] = () => new DropPartitionRequest(),
        [300] = () => new Protocol.Milvus.Api.CreateIndexRequest(),
        [302] = () => new Protocol.Milvus.Api.DropIndexRequest(),
        [400] = () => new InsertRequest(),
        [401] = () => new DeleteRequest(),
        [402] = () => new Protocol.Milvus.Api.FlushRequest(),
        [1200] = () => new TimeTickMsg(),
        [1208] = () => new DataNodeTtMsg(),
        [1801] = () => new Protocol.Milvus.Api.CreateDatabaseRequest(),
        [1802] = () => new Protocol.Milvus.Api.DropDatabaseRequest(),
    };

    public static Element Decode(ByteString bytes, int index)
    {
        MsgHeader header = new();
        try
        {
            header.MergeFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refusal.Unexpected(Refusal.BadWireFormat);
        }

        if (header.Base is null || !Bodies.TryGetValue((int)header.Base.MsgType, out Func<IMessage>? body))
        {
            throw Invalid();
        }

        IMessage message = body();
        try
        {
            message.MergeFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Invalid();
        }

        return new Element(index, header.Base.MsgType, header.Base.Timestamp, bytes, message);
    }

    private static RefusalException Invalid() => new(1901, ErrorCode.UnexpectedError, "invalid replicate msg bytes");
}
