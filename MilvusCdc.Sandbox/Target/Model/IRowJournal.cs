using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Told of every message that an ordinary instance writes for its clients' rows, in order and under the gate.</summary>
internal interface IRowJournal
{
    /// <summary>Bytes at which Insert messages are cut.</summary>
    int MaxMessageBytes { get; }

    void Wrote(VirtualChannel shard, InsertRequest insert, bool upsert);

    void Wrote(VirtualChannel shard, DeleteRequest delete, bool upsert);
}
