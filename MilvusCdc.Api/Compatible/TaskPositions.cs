using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MilvusCdc.Core.Configuration;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Api.Compatible;

/// <summary>Serves <c>position</c>: from the checkpoint once there is one, else from the positions stated at the creation. An empty id means all tasks.</summary>
internal sealed class TaskPositions(TaskStore store, CdcOptions options)
{
    private const long OperationsId = -10;

    public async Task<JsonObject?> ReadAsync(string id, CancellationToken cancellation)
    {
        IReadOnlyList<TaskRecord> tasks = id.Length == 0
            ? (await store.ListAsync(cancellation)).Tasks
            : await store.FindAsync(id, cancellation) is { } task ? [task] : [];
        List<JsonNode> positions = [];
        foreach (TaskRecord task in tasks.Where(static task => task.Intent is not TaskIntent.Delete))
        {
            JsonElement? checkpoint = await store.FindCheckpointAsync(task.Definition.Id, cancellation);
            positions.AddRange(checkpoint is { } written ? FromCheckpoint(written) : FromDefinition(task.Definition));
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

    // The engine's form; a member that is not there leaves its zero, so that an older or newer checkpoint is still answered.
    private List<JsonNode> FromCheckpoint(JsonElement checkpoint)
    {
        List<JsonNode> entries = [];
        if (checkpoint.ValueKind is not JsonValueKind.Object || !checkpoint.TryGetProperty("positions", out JsonElement channels) || channels.ValueKind is not JsonValueKind.Object)
        {
            return entries;
        }

        ulong frontier = checkpoint.TryGetProperty("frontier", out JsonElement at) && Number(at) is { } timestamp ? timestamp : 0;
        foreach (JsonProperty channel in channels.EnumerateObject())
        {
            JsonElement position = channel.Value.ValueKind is JsonValueKind.Object && channel.Value.TryGetProperty("position", out JsonElement inner) ? inner : channel.Value;
            long id = channel.Name == options.Source.ReplicateChannel ? OperationsId : 0;
            entries.Add(Entry(id, channel.Name, TaskReportSnapshot.PhysicalMs(frontier), MessageId(position)));
        }

        return entries;
    }

    private static JsonObject Entry(long collection, string channel, long time, ByteString messageId) => new()
    {
        ["collection_id"] = collection,
        ["channel_name"] = channel,
        ["time"] = time,
        ["tt"] = (time + 1) << 18,
        ["msg_id"] = new MsgPosition { ChannelName = channel, MsgID = messageId }.ToByteString().ToBase64(),
    };

    // A Kafka offset is written as a number or as its digits; any other text is base64 of the message id itself.
    private static ByteString MessageId(JsonElement position)
    {
        if (Number(position) is { } offset)
        {
            byte[] id = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(id, offset);
            return ByteString.CopyFrom(id);
        }

        return position.ValueKind is JsonValueKind.String && position.TryGetBytesFromBase64(out byte[]? bytes) ? ByteString.CopyFrom(bytes) : ByteString.Empty;
    }

    private static ulong? Number(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetUInt64(out ulong number) => number,
        JsonValueKind.String when ulong.TryParse(element.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) => number,
        _ => null,
    };
}
