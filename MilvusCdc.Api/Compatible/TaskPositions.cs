using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Api.Compatible;

/// <summary>Serves <c>position</c>: from the checkpoint once there is one, else from the positions stated at the creation. An empty id means all tasks.</summary>
internal sealed class TaskPositions(TaskStore store, CdcOptions options)
{
    private const long OperationsId = -10;

    // A checkpoint holds for all collections of a channel.
    private const long AnyCollection = 0;

    public async Task<JsonObject?> ReadAsync(string id, CancellationToken cancellation)
    {
        IReadOnlyList<TaskRecord> tasks = id.Length == 0
            ? (await store.ListAsync(cancellation)).Tasks
            : await store.FindAsync(id, cancellation) is { } only ? [only] : [];
        List<JsonNode> positions = [];
        foreach (TaskRecord task in tasks.Where(static task => task.Intent is not TaskIntent.Delete))
        {
            positions.AddRange(await store.FindCheckpointAsync(task.Definition.Id, cancellation) is { } written ? FromCheckpoint(written) : FromDefinition(task.Definition));
        }

        return new JsonObject { ["op_positions"] = null, ["positions"] = positions.Count == 0 ? null : new JsonArray([.. positions]), ["target_positions"] = null };
    }

    private IEnumerable<JsonNode> FromDefinition(TaskDefinition task)
    {
        if (task.OperationPosition is { } operations)
        {
            yield return Entry(OperationsId, options.Source.ReplicateChannel, 0, StatedPosition.Decode(operations, "rpc position").MsgID);
        }

        foreach ((string name, string position) in task.Positions.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (VirtualChannel.Parse(name) is { } channel)
            {
                yield return Entry(channel.CollectionId, channel.PhysicalChannel, 0, StatedPosition.Decode(position, "position").MsgID);
            }
        }
    }

    private IEnumerable<JsonNode> FromCheckpoint(Checkpoint checkpoint)
    {
        long time = TaskReportSnapshot.PhysicalMs(checkpoint.Frontier);
        yield return Entry(OperationsId, options.Source.ReplicateChannel, time, MessageId(checkpoint.LogKind, checkpoint.Operations));
        foreach ((string name, ChannelCheckpoint channel) in checkpoint.Channels.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            yield return Entry(AnyCollection, name, time, MessageId(checkpoint.LogKind, channel.Position));
        }
    }

    private static JsonObject Entry(long collection, string channel, long time, ByteString messageId) => new()
    {
        ["collection_id"] = collection,
        ["channel_name"] = channel,
        ["time"] = time,
        ["tt"] = (time + 1) << 18,
        ["msg_id"] = new MsgPosition { ChannelName = channel, MsgID = messageId }.ToByteString().ToBase64(),
    };

    // As Milvus stores it: Kafka's offset in 8 bytes, Pulsar's MessageIdData.
    private static ByteString MessageId(string kind, LogPosition position)
    {
        if (kind is "pulsar")
        {
            return ByteString.CopyFrom(PulsarMessageId.ToBytes(position));
        }

        byte[] id = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(id, position.Entry);
        return ByteString.CopyFrom(id);
    }
}
