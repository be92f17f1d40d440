using System.Text.Json.Nodes;
using static MilvusCdc.Api.Compatible.RequestDecoder;

namespace MilvusCdc.Api.Compatible;

/// <summary>A <c>create</c> request as it was stated. Null lists and maps were missing.</summary>
internal sealed record CreateRequest(
    MilvusParam Milvus,
    KafkaParam Kafka,
    IReadOnlyList<CollectionInfo>? Collections,
    SortedDictionary<string, IReadOnlyList<CollectionInfo>>? Databases,
    string RpcName,
    string RpcPosition,
    bool UserRole,
    string MetadataChanges,
    string UnsupportedChanges,
    string RefusedMessages,
    long BufferPeriod,
    long BufferSize,
    IReadOnlyList<NameMappingInfo> Mappings,
    bool DisableAutoStart,
    string TaskId)
{
    public static CreateRequest Read(JsonObject data, RequestDecoder decoder)
    {
        JsonObject? rpc = decoder.Map(Of(data, "rpc_channel_info"));
        JsonObject? extra = decoder.Map(Of(data, "extra_info"));
        JsonObject? buffer = decoder.Map(Of(data, "buffer_config"));
        CreateRequest request = new(
            MilvusParam.Read(Of(data, "milvus_connect_param"), decoder),
            KafkaParam.Read(Of(data, "kafka_connect_param"), decoder),
            CollectionInfo.ReadList(Of(data, "collection_infos"), decoder),
            decoder.Entries<IReadOnlyList<CollectionInfo>>(Of(data, "db_collections"), list => CollectionInfo.ReadList(list, decoder) ?? []),
            decoder.Text(Of(rpc, "name", "rpc_channel_info")),
            decoder.Text(Of(rpc, "position", "rpc_channel_info")),
            decoder.Flag(Of(extra, "enable_user_role", "extra_info")),
            decoder.Text(Of(extra, "metadata_changes", "extra_info")),
            decoder.Text(Of(extra, "unsupported_changes", "extra_info")),
            decoder.Text(Of(extra, "refused_messages", "extra_info")),
            decoder.Number(Of(buffer, "period", "buffer_config")),
            decoder.Number(Of(buffer, "size", "buffer_config")),
            [.. (decoder.List(Of(data, "name_mapping")) ?? []).Select(mapping => NameMappingInfo.Read(mapping, decoder))],
            decoder.Flag(Of(data, "disable_auto_start")),
            decoder.Text(Of(data, "task_id")));

        // Deprecated and without effect, yet its type is looked at.
        decoder.Entries(Of(data, "positions"), decoder.Text);
        return request;
    }
}

/// <summary>How the target Milvus is reached, as stated.</summary>
internal sealed record MilvusParam(
    string Uri, string Token, string Host, long Port, bool EnableTls, string Username, string Password, DialConfig Dial, long ChannelCount, bool IgnorePartition, long ConnectTimeout)
{
    public static MilvusParam Read(Field field, RequestDecoder decoder)
    {
        JsonObject? map = decoder.Map(field);
        Field At(string key) => Of(map, key, field.Name);
        return new MilvusParam(
            decoder.Text(At("uri")),
            decoder.Text(At("token")),
            decoder.Text(At("host")),
            decoder.Number(At("port")),
            decoder.Flag(At("enable_tls")),
            decoder.Text(At("username")),
            decoder.Text(At("password")),
            DialConfig.Read(At("dial_config"), decoder),
            decoder.Number(At("channel_num")),
            decoder.Flag(At("ignore_partition")),
            decoder.Number(At("connect_timeout")));
    }
}

/// <summary>Paths on this machine, and the name the target's certificate must have.</summary>
internal sealed record DialConfig(string ServerName, string ServerPem, string CaPem, string ClientPem, string ClientKey)
{
    public static DialConfig Read(Field field, RequestDecoder decoder)
    {
        JsonObject? map = decoder.Map(field);
        string At(string key) => decoder.Text(Of(map, key, field.Name));
        return new DialConfig(At("server_name"), At("server_pem_path"), At("ca_pem_path"), At("client_pem_path"), At("client_key_path"));
    }
}

/// <summary>A Kafka downstream, as stated. Only looked at to answer clearly.</summary>
internal sealed record KafkaParam(string Address, string Topic)
{
    public static KafkaParam Read(Field field, RequestDecoder decoder)
    {
        JsonObject? map = decoder.Map(field);
        KafkaParam kafka = new(decoder.Text(Of(map, "address", field.Name)), decoder.Text(Of(map, "topic", field.Name)));
        decoder.Flag(Of(map, "enable_sasl", field.Name));
        Field sasl = Of(map, "sasl", field.Name);
        JsonObject? login = decoder.Map(sasl);
        foreach (string key in (string[])["username", "password", "mechanisms", "security_protocol"])
        {
            decoder.Text(Of(login, key, sasl.Name));
        }

        return kafka;
    }
}

/// <summary>One collection, or all (<c>*</c>). Positions: base64 MsgPosition by vchannel; null: missing.</summary>
internal sealed record CollectionInfo(string Name, SortedDictionary<string, string>? Positions, bool UseStartPosition)
{
    public static IReadOnlyList<CollectionInfo>? ReadList(Field field, RequestDecoder decoder) => decoder.List(field)?.Select(element =>
    {
        JsonObject? map = decoder.Map(element);
        return new CollectionInfo(
            decoder.Text(Of(map, "name", element.Name)),
            decoder.Entries(Of(map, "positions", element.Name), decoder.Text),
            decoder.Flag(Of(map, "use_start_position", element.Name)));
    }).ToList();
}

/// <summary>Other names on the target.</summary>
internal sealed record NameMappingInfo(string SourceDatabase, string TargetDatabase, SortedDictionary<string, string>? Collections)
{
    public static NameMappingInfo Read(Field field, RequestDecoder decoder)
    {
        JsonObject? map = decoder.Map(field);
        return new NameMappingInfo(
            decoder.Text(Of(map, "source_db", field.Name)),
            decoder.Text(Of(map, "target_db", field.Name)),
            decoder.Entries(Of(map, "collection_mapping", field.Name), decoder.Text));
    }
}
