using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MilvusCdc.Core.TakeOver;

/// <summary>A task as the Go tool stores it under <c>{root}/task_info/{id}</c> (control-plane.md §5.2). Holds the target's secrets: never shown as a whole.</summary>
internal sealed record GoTask
{
    public string TaskID { get; init; } = "";

    public GoMilvus MilvusConnectParam { get; init; } = new();

    public GoKafka KafkaConnectParam { get; init; } = new();

    public IReadOnlyList<GoCollection>? CollectionInfos { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<GoCollection>>? DBCollections { get; init; }

    public IReadOnlyList<GoMapping>? NameMapping { get; init; }

    public GoChannel? RPCRequestChannelInfo { get; init; }

    public GoExtra? ExtraInfo { get; init; }

    public IReadOnlyList<string>? ExcludeCollections { get; init; }

    public bool DisableAutoStart { get; init; }

    public int State { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>Reads a stored value. Throws <see cref="JsonException"/>.</summary>
    public static GoTask Read(ReadOnlySpan<byte> value) => JsonSerializer.Deserialize<GoTask>(value, GoJson.Options) ?? throw new JsonException("it is null");

    /// <inheritdoc/>
    public override string ToString() => $"task '{TaskID}' of the Go tool";
}

/// <summary>The target, as stated to the Go tool.</summary>
internal sealed record GoMilvus(
    [property: JsonPropertyName("uri")] string Uri = "",
    [property: JsonPropertyName("token")] string Token = "",
    [property: JsonPropertyName("host")] string Host = "",
    [property: JsonPropertyName("port")] int Port = 0,
    [property: JsonPropertyName("enable_tls")] bool EnableTls = false,
    [property: JsonPropertyName("username")] string Username = "",
    [property: JsonPropertyName("password")] string Password = "",
    [property: JsonPropertyName("dial_config")] GoDial? Dial = null,
    [property: JsonPropertyName("channel_num")] int ChannelCount = 0,
    [property: JsonPropertyName("ignore_partition")] bool IgnorePartition = false,
    [property: JsonPropertyName("connect_timeout")] int ConnectTimeout = 0)
{
    /// <inheritdoc/>
    public override string ToString() => "a target";
}

/// <summary>TLS files on the machine of the Go tool.</summary>
internal sealed record GoDial(
    [property: JsonPropertyName("server_name")] string ServerName = "",
    [property: JsonPropertyName("server_pem_path")] string ServerPem = "",
    [property: JsonPropertyName("ca_pem_path")] string CaPem = "",
    [property: JsonPropertyName("client_pem_path")] string ClientPem = "",
    [property: JsonPropertyName("client_key_path")] string ClientKey = "");

/// <summary>A Kafka downstream.</summary>
internal sealed record GoKafka([property: JsonPropertyName("address")] string Address = "", [property: JsonPropertyName("topic")] string Topic = "");

/// <summary>One collection, or <c>*</c>.</summary>
internal sealed record GoCollection([property: JsonPropertyName("name")] string Name = "", [property: JsonPropertyName("use_start_position")] bool UseStartPosition = false);

/// <summary>Other names on the target.</summary>
internal sealed record GoMapping(
    [property: JsonPropertyName("source_db")] string SourceDatabase = "",
    [property: JsonPropertyName("target_db")] string TargetDatabase = "",
    [property: JsonPropertyName("collection_mapping")] IReadOnlyDictionary<string, string>? Collections = null);

/// <summary>The channel of operations.</summary>
internal sealed record GoChannel([property: JsonPropertyName("name")] string Name = "", [property: JsonPropertyName("position")] string Position = "");

/// <summary>Further wishes.</summary>
internal sealed record GoExtra([property: JsonPropertyName("enable_user_role")] bool UserRole = false);

/// <summary>How the Go tool's JSON is read: keys fit in any case, unknown ones are passed over.</summary>
internal static class GoJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General) { PropertyNameCaseInsensitive = true };

    /// <summary>What <c>get</c> and <c>list</c> show of a task, without secrets, from its stored value.</summary>
    public static JsonElement Echo(ReadOnlySpan<byte> value)
    {
        JsonObject stored = JsonNode.Parse(value)!.AsObject();
        JsonObject milvus = Part(stored, "MilvusConnectParam"), kafka = Part(stored, "KafkaConnectParam");
        foreach (string secret in (string[])["token", "username", "password"])
        {
            milvus.Remove(secret);
        }

        foreach (string address in (string[])["uri", "host"])
        {
            if (milvus[address]?.GetValue<string>() is { } text && text.LastIndexOf('@') is > 0 and var at)
            {
                milvus[address] = $"***@{text[(at + 1)..]}";
            }
        }

        kafka["sasl"] = new JsonObject();
        return JsonSerializer.SerializeToElement(new JsonObject
        {
            ["milvus_connect_param"] = milvus,
            ["kafka_connect_param"] = kafka,
            ["collection_infos"] = stored["CollectionInfos"]?.DeepClone(),
            ["db_collections"] = stored["DBCollections"]?.DeepClone(),
        });
    }

    private static JsonObject Part(JsonObject stored, string name) => stored[name]?.DeepClone().AsObject() ?? [];
}
