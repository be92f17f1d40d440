using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Server.Tests.TakeOver;

/// <summary>Writes what the Go tool would have in its meta store if it had copied what a task of ours has copied (control-plane.md §5).</summary>
internal static class GoStoreFixture
{
    public const string Root = "cdc-go";

    /// <summary>Stores the task <paramref name="id"/> with positions at the checkpoint of <paramref name="ourTask"/>.</summary>
    public static async Task WriteAsync(EtcdClient etcd, Recording recording, string ourRoot, string ourTask, string id, Uri target)
    {
        using JsonDocument checkpoint = JsonDocument.Parse((await etcd.GetAsync($"{ourRoot}/checkpoints/{ourTask}", default))!.Value);
        ulong frontier = ulong.Parse(checkpoint.RootElement.GetProperty("frontier").GetString()!, null);
        string task = $$$"""
            {"TaskID":"{{{id}}}","MilvusConnectParam":{"host":"","port":0,"enable_tls":false,"uri":"{{{target.GetLeftPart(UriPartial.Authority)}}}","token":"root:geheim","dial_config":{},"channel_num":4,
            "ignore_partition":false,"connect_timeout":10},"KafkaConnectParam":{"address":"","topic":"","enable_sasl":false,"sasl":{}},"WriterCacheConfig":{"period":0,"size":0},"CollectionInfos":null,
            "DBCollections":{"*":[{"name":"*","positions":null,"use_start_position":false}]},"NameMapping":null,"RPCRequestChannelInfo":{"name":"","position":""},"ExtraInfo":{"enable_user_role":false},
            "ExcludeCollections":null,"DisableAutoStart":false,"State":1,"Reason":""}
            """;
        await PutAsync(etcd, $"{Root}/task_info/{id}", task);
        Dictionary<string, long> ticks = checkpoint.RootElement.GetProperty("channels").EnumerateObject().ToDictionary(static channel => channel.Name, channel => TickAt(recording, channel.Name, frontier));
        foreach (EtcdKeyValue mapping in (await etcd.RangeAsync($"{ourRoot}/mappings/{ourTask}/", null, default)).Items)
        {
            bool dropped = JsonDocument.Parse(mapping.Value).RootElement.GetProperty("dropped").GetBoolean();
            await PutPositionsAsync(etcd, id, long.Parse(mapping.Key.Split('/')[^1], null), ticks, MilvusTime.PhysicalMs(frontier), dropped);
        }

        // The Go tool keeps the operation that it did last.
        long lastDone = checkpoint.RootElement.GetProperty("operations").GetProperty("entry").GetInt64() - 1;
        await PutPositionsAsync(etcd, id, -10, new() { [recording.ReplicateChannel] = lastDone }, MilvusTime.PhysicalMs(frontier), dropped: false);
    }

    private static Task PutPositionsAsync(EtcdClient etcd, string task, long collection, Dictionary<string, long> offsets, long time, bool dropped)
    {
        JsonObject positions = [];
        foreach ((string channel, long offset) in offsets)
        {
            byte[] messageId = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(messageId, offset);
            positions[channel] = new JsonObject
            {
                ["StartTime"] = 0,
                ["Time"] = time,
                ["DataPair"] = JsonNode.Parse($$"""{"key":"{{channel}}","data":"{{Convert.ToBase64String(messageId)}}"}"""),
                ["Dropped"] = dropped,
            };
        }

        string record = $$"""
            {"TaskID":"{{task}}","CollectionID":{{collection}},"CollectionName":"c{{collection}}","Positions":{{positions.ToJsonString()}},"OpPositions":{},"TargetPositions":null}
            """;
        return PutAsync(etcd, $"{Root}/task_position/{task}/{collection}", record);
    }

    private static long TickAt(Recording recording, string topic, ulong frontier) => recording.Messages(topic)
        .Select(static message => (message.Offset, Envelope: Envelope.Scan(message.Value)))
        .Where(message => message.Envelope.Type is MsgType.TimeTick && message.Envelope.BaseTimestamp <= frontier).Max(static message => message.Offset);

    private static Task PutAsync(EtcdClient etcd, string key, string value) => etcd.PutAsync(key, Encoding.UTF8.GetBytes(value), 0, default);
}
