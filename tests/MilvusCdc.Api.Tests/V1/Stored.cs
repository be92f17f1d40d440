using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>Puts into the meta store what an engine would have stored.</summary>
internal static class Stored
{
    /// <summary>A dead letter of task <c>a</c>, by an id of the form <c>dml_0@12</c>.</summary>
    public static async Task LetterAsync(V1Process api, string id)
    {
        (EtcdClient etcd, MetaKeys keys) = Of(api);
        string position = id.Split('@')[1];
        string key = string.Create(CultureInfo.InvariantCulture, $"dml_0@{0:D19}:{long.Parse(position, CultureInfo.InvariantCulture):D19}:{0:D10}~");
        DeadLetter letter = new()
        {
            Id = id,
            Channel = "dml_0",
            Position = position,
            LogKind = "kafka",
            Kind = "Insert",
            Rows = 3,
            Bytes = 3,
            Cause = "too long",
            SetAsideAt = DateTimeOffset.UnixEpoch,
            SetAsideBy = "policy",
        };
        await etcd.PutAsync(keys.Letters("a") + key, JsonSerializer.SerializeToUtf8Bytes(letter, TaskJson.Options), 0, default);
        await etcd.PutAsync($"{keys.LetterBytes("a")}{key}/00000", "abc"u8.ToArray(), 0, default);
    }

    /// <summary>A checkpoint of task <c>a</c>.</summary>
    public static Task CheckpointAsync(V1Process api)
    {
        (EtcdClient etcd, MetaKeys keys) = Of(api);
        Checkpoint checkpoint = new()
        {
            Frontier = 449_510_341_443_534_849,
            LogKind = "kafka",
            Channels = new Dictionary<string, ChannelCheckpoint> { ["dml_0"] = new(LogPosition.Kafka(5), []) },
            Operations = LogPosition.Kafka(2),
            WrittenAt = DateTimeOffset.UnixEpoch,
        };
        return etcd.PutAsync(keys.Checkpoint("a"), JsonSerializer.SerializeToUtf8Bytes(checkpoint, Checkpoint.Json), 0, default);
    }

    /// <summary>The message that blocks task <c>a</c>.</summary>
    public static Task BlockingAsync(V1Process api, string id)
    {
        (EtcdClient etcd, MetaKeys keys) = Of(api);
        return etcd.PutAsync(keys.BlockingMessage("a"), JsonSerializer.SerializeToUtf8Bytes(new BlockingMessage(id, "refused", DateTimeOffset.UnixEpoch), TaskJson.Options), 0, default);
    }

    private static (EtcdClient Etcd, MetaKeys Keys) Of(V1Process api) => (api.Services.GetRequiredService<EtcdClient>(), api.Services.GetRequiredService<MetaKeys>());
}
