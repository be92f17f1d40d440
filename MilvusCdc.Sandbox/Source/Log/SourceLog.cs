using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Sandbox.Source.Log;

/// <summary>Writes messages as a source of a version does: with their trace, and with their type's name where the version adds it.</summary>
internal sealed class SourceLog(ISourceLogWriter writer, SourceVersion version, SourceFaults faults, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Trace _trace = new();

    /// <summary>Begins to write to a topic.</summary>
    public void Open(string topic) => writer.Open(topic);

    /// <summary>What is written from now on belongs to another call.</summary>
    public void BeginTrace() => _trace = new Trace();

    /// <summary>A message of a client's call: rows, or an operation.</summary>
    public byte[] Produce(string topic, MsgType type, IMessage message) =>
        Append(topic, message.ToByteArray(), version.NamesTypes ? [new("msg_type", type.ToString()), _trace.NextSpan()] : [_trace.NextSpan()]);

    /// <summary>A message of the root coordinator that goes to all channels of a collection.</summary>
    public byte[] Broadcast(string topic, IMessage message) =>
        message is DropCollectionRequest && faults.LosesDropMessages ? [] : Append(topic, message.ToByteArray(), [_trace.NextSpan()]);

    public void Tick(string topic, ulong timestamp)
    {
        if (!faults.IsSilent(topic))
        {
            Append(topic, new TimeTickMsg { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = timestamp, SourceID = SourceMilvus.NodeId } }.ToByteArray(), []);
        }
    }

    /// <summary>Bytes as they are: for what no real server would write.</summary>
    public byte[] Raw(string topic, byte[] value) => Append(topic, value, []);

    private byte[] Append(string topic, byte[] value, IReadOnlyList<KeyValuePair<string, string>> properties)
    {
        lock (_lock)
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            byte[] id = writer.Append(topic, value, properties, now);
            if (faults.TakeDuplicate())
            {
                writer.Append(topic, value, properties, now);
            }

            return id;
        }
    }
}
