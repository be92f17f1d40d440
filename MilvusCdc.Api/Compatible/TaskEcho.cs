using System.Text.Json;
using System.Text.Json.Nodes;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Compatible;

/// <summary>A task as <c>get</c> and <c>list</c> show it. Holds no secret: what is stored as the task's origin is already without.</summary>
internal static class TaskEcho
{
    /// <summary>What is kept of a request to be shown again, in the order of <c>list</c>.</summary>
    public static JsonElement Origin(CreateRequest request) => JsonSerializer.SerializeToElement(new JsonObject
    {
        ["milvus_connect_param"] = Milvus(request.Milvus),
        ["kafka_connect_param"] = Kafka(request.Kafka),
        ["collection_infos"] = request.Collections is { } list ? Collections(list) : null,
        ["db_collections"] = request.Databases is { } databases
            ? new JsonObject(databases.Select(static pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Collections(pair.Value))))
            : null,
    });

    /// <summary>One task, in the order of <c>list</c>.</summary>
    public static JsonObject Show(TaskRecord record, TaskReport? status)
    {
        JsonObject task = new() { ["task_id"] = record.Definition.Id };
        JsonObject origin = record.Origin is { ValueKind: JsonValueKind.Object } stated ? JsonObject.Create(stated)! : FromDefinition(record.Definition);
        foreach ((string key, JsonNode? value) in origin)
        {
            task[key] = value?.DeepClone();
        }

        task["state"] = record.Intent is TaskIntent.Pause ? nameof(TaskState.Paused) : nameof(TaskState.Running);
        if (Reason(record, status) is { Length: > 0 } reason)
        {
            task["reason"] = reason;
        }

        return task;
    }

    /// <summary>The same with all keys in alphabetical order, as <c>get</c> shows it.</summary>
    public static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    // A task at fault is still running, or trying to: its reason says what holds it up.
    private static string? Reason(TaskRecord record, TaskReport? status) =>
        record.Intent is TaskIntent.Pause ? record.Reason : status is { Phase: not TaskPhase.Streaming } ? status.Reason : null;

    private static JsonObject Milvus(MilvusParam milvus)
    {
        JsonObject dial = [];
        AddText(dial, "server_name", milvus.Dial.ServerName);
        AddText(dial, "server_pem_path", milvus.Dial.ServerPem);
        AddText(dial, "ca_pem_path", milvus.Dial.CaPem);
        AddText(dial, "client_pem_path", milvus.Dial.ClientPem);
        AddText(dial, "client_key_path", milvus.Dial.ClientKey);
        return new JsonObject
        {
            ["host"] = TargetAddress.Masked(milvus.Host),
            ["port"] = milvus.Port,
            ["enable_tls"] = milvus.EnableTls,
            ["uri"] = TargetAddress.Masked(milvus.Uri),
            ["dial_config"] = dial,
            ["channel_num"] = milvus.ChannelCount,
            ["ignore_partition"] = milvus.IgnorePartition,
            ["connect_timeout"] = milvus.ConnectTimeout,
        };
    }

    private static JsonObject Kafka(KafkaParam kafka) => new()
    {
        ["address"] = kafka.Address,
        ["topic"] = kafka.Topic,
        ["enable_sasl"] = false,
        ["sasl"] = new JsonObject(),
    };

    private static JsonArray Collections(IReadOnlyList<CollectionInfo> list) => new([.. list.Select(static collection => new JsonObject
    {
        ["name"] = collection.Name,
        ["positions"] = collection.Positions is { } positions
            ? new JsonObject(positions.Select(static pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)))
            : null,
        ["use_start_position"] = collection.UseStartPosition,
    })]);

    // A task of /api/v1 that no request of this form made.
    private static JsonObject FromDefinition(TaskDefinition task)
    {
        DialConfig dial = new(task.Target.ServerName ?? "", task.Target.AuthorityFile ?? "", "", task.Target.ClientCertificateFile ?? "", task.Target.ClientKeyFile ?? "");
        MilvusParam milvus = new(
            task.Target.Address.GetLeftPart(UriPartial.Authority), "", "", 0, false, "", "", dial,
            task.Target.ChannelCount, task.Target.IgnorePartitions, (long)task.Target.ConnectTimeout.TotalSeconds);
        SortedDictionary<string, string>? positions = task.Positions.Count == 0 ? null : new(task.Positions.ToDictionary(), StringComparer.Ordinal);
        return new JsonObject
        {
            ["milvus_connect_param"] = Milvus(milvus),
            ["kafka_connect_param"] = Kafka(new KafkaParam("", "")),
            ["collection_infos"] = null,
            ["db_collections"] = new JsonObject(task.Selection.Include.GroupBy(static pattern => pattern.Database, StringComparer.Ordinal).Select(group => KeyValuePair.Create<string, JsonNode?>(
                group.Key,
                Collections([.. group.Select(pattern => new CollectionInfo(pattern.Collection, positions, task.Start is TaskStart.CollectionStart))])))),
        };
    }

    private static void AddText(JsonObject map, string key, string value)
    {
        if (value.Length > 0)
        {
            map[key] = value;
        }
    }
}
