using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>An Insert or Delete that waits for a tick at or above its newest row.</summary>
internal sealed record PendingMessage(InsertRequest? Insert, DeleteRequest? Delete, ulong Newest, byte[] Fingerprint)
{
    public long MessageId => (Insert?.Base ?? Delete!.Base).MsgID;
}
