using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Api.Tests.Compatible;

/// <summary>Whatever is sent, the answer has the right shape and the process lives.</summary>
public sealed class CdcFuzzTests : IAsyncLifetime
{
    // Every field of every request; the list may be entered by an index.
    private static readonly string[] Paths =
    [
        "request_type", "request_data", "unknown", "request_data.unknown", "request_data.task_id", "request_data.ignore_not_found", "request_data.operation", "request_data.params",
        "request_data.params.log_level", "request_data.params.force", "request_data.params.count", "request_data.params.duration", "request_data.milvus_connect_param",
        .. new[] { "uri", "token", "host", "port", "enable_tls", "username", "password", "dial_config", "channel_num", "ignore_partition", "connect_timeout" }.Select(static name => $"request_data.milvus_connect_param.{name}"),
        .. new[] { "server_name", "server_pem_path", "ca_pem_path", "client_pem_path", "client_key_path" }.Select(static name => $"request_data.milvus_connect_param.dial_config.{name}"),
        "request_data.kafka_connect_param", "request_data.kafka_connect_param.address", "request_data.kafka_connect_param.topic", "request_data.kafka_connect_param.enable_sasl",
        "request_data.kafka_connect_param.sasl", "request_data.kafka_connect_param.sasl.password", "request_data.collection_infos", "request_data.collection_infos.0", "request_data.collection_infos.0.name",
        "request_data.collection_infos.0.positions", "request_data.collection_infos.0.positions.sp-rootcoord-dml_0_77v0", "request_data.collection_infos.0.use_start_position", "request_data.db_collections",
        "request_data.db_collections.shop", "request_data.rpc_channel_info", "request_data.rpc_channel_info.name", "request_data.rpc_channel_info.position", "request_data.extra_info",
        "request_data.extra_info.enable_user_role", "request_data.extra_info.metadata_changes", "request_data.buffer_config", "request_data.buffer_config.period", "request_data.buffer_config.size",
        "request_data.name_mapping", "request_data.name_mapping.0", "request_data.name_mapping.0.collection_mapping", "request_data.disable_auto_start", "request_data.positions",
    ];

    // As they stand in the body; not all of them are JSON.
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e400", "0123", "1.", "9223372036854775808", "-0", "\"\"", "\"x\"", "\"*\"", "\" \"", "\"1\"", "\"true\"", "\"\\ud800\"", "\"\\u0000\"", "\"a.b.c\"", "\"../..\"", "\"/\"",
        "\"http://\"", "\"http://127.0.0.1:99999\"", "\"tcp://127.0.0.1:1\"", "\"http://u:geheim@127.0.0.1:24201\"", "\"env:PATH\"", "\"file:/etc/hostname\"", "\"!!!\"", "\"EgEF\"", "\"CgNjaDESAQU=\"",
        "[]", "{}", "[null]", "[[]]", "[1,2]", "{\"a\":1}", "{\"\":null}", "[{\"name\":\"*\"}]", "{\"*\":[{\"name\":\"*\"}]}", "{\"a\":[],\"b\":[]}", "[{\"name\":\"a\"},{\"name\":\"b\"}]", "\u0001", "\"\u0001\"", "'x'", "undefined",
        "\"" + new string('n', 5_000) + "\"", new string('[', 2_000) + new string(']', 2_000), "\"create\"", "\"get\"", "\"list\"", "\"delete\"", "\"pause\"", "\"resume\"", "\"position\"", "\"maintenance\"",
    ];

    private static readonly Gen<(string Path, string Value)> Change = from path in Gen.Elements(Paths) from value in Gen.Elements(Values) select (path, value);

    private EtcdProcess _etcd = null!;
    private ApiProcess _api = null!;

    public async Task InitializeAsync()
    {
        _etcd = await EtcdProcess.StartAsync();
        _api = await ApiProcess.StartAsync(_etcd, maxTasks: 10_000);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public void Any_values_in_any_fields_then_an_answer_in_the_right_shape()
    {
        Gen<byte[]> bodies = from first in Change from second in Change from third in Change select Body([first, second, third]);
        Prop.ForAll(bodies.ToArbitrary(), IsAnsweredInShape).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    [Fact]
    public void Any_damage_to_the_bytes_then_an_answer_in_the_right_shape()
    {
        byte[] whole = Body([]);
        Gen<byte[]> damaged = from at in Gen.Choose(0, whole.Length - 1)
                              from with in Gen.Choose(0, 255)
                              from keep in Gen.Choose(0, whole.Length)
                              select (byte[])[.. whole[..at], (byte)with, .. whole[(at + 1)..Math.Max(at + 1, keep)]];
        Prop.ForAll(damaged.ToArbitrary(), IsAnsweredInShape).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public async Task Ten_megabytes_are_read_and_more_than_the_limit_is_refused_in_shape()
    {
        Assert.StartsWith("{\"code\":200", await _api.PostAsync($$"""{"request_type":"list","x":"{{new string('x', 10_000_000)}}"}"""), StringComparison.Ordinal);
        Assert.Contains("which is the limit that Cdc:Api:MaxRequestSize sets", await _api.PostAsync(new string('x', 17 << 20)), StringComparison.Ordinal);
    }

    private bool IsAnsweredInShape(byte[] body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri("/cdc", UriKind.Relative)) { Content = new ByteArrayContent(body) };
        using HttpResponseMessage answer = _api.Http.Send(request);
        using StreamReader text = new(answer.Content.ReadAsStream());
        using JsonDocument json = JsonDocument.Parse(text.ReadToEnd());
        JsonElement root = json.RootElement;
        bool message = root.TryGetProperty("message", out JsonElement said), data = root.TryGetProperty("data", out _);
        return (int)answer.StatusCode == 200
            && (root.GetProperty("code").GetInt32() == 200 ? !message : root.GetProperty("code").GetInt32() is 400 or 500 && message && !data && said.GetString() is { Length: > 0 });
    }

    private static byte[] Body((string Path, string Value)[] changes)
    {
        JsonObject request = new()
        {
            ["request_type"] = "create",
            ["request_data"] = new JsonObject
            {
                ["milvus_connect_param"] = new JsonObject { ["uri"] = "http://127.0.0.1:24201", ["token"] = "root:geheim", ["dial_config"] = new JsonObject() },
                ["collection_infos"] = new JsonArray(new JsonObject { ["name"] = "c", ["positions"] = null }),
                ["name_mapping"] = new JsonArray(new JsonObject { ["source_db"] = "default", ["target_db"] = "d", ["collection_mapping"] = new JsonObject { ["c"] = "e" } }),
            },
        };
        for (int change = 0; change < changes.Length; change++)
        {
            Set(request, changes[change].Path.Split('.'), $"@{change}@");
        }

        string text = request.ToJsonString();
        for (int change = 0; change < changes.Length; change++)
        {
            text = text.Replace($"\"@{change}@\"", changes[change].Value, StringComparison.Ordinal);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static void Set(JsonNode at, string[] path, string mark)
    {
        for (int step = 0; step < path.Length - 1; step++)
        {
            JsonNode? next = at is JsonArray list ? list[0] : at[path[step]];
            if (next is not (JsonObject or JsonArray))
            {
                next = path[step + 1] is "0" ? new JsonArray(new JsonObject()) : new JsonObject();
                if (at is JsonArray within)
                {
                    within[0] = next;
                }
                else
                {
                    at[path[step]] = next;
                }
            }

            at = next;
        }

        if (at is JsonArray last)
        {
            last.Clear();
            last.Add(mark);
        }
        else
        {
            at[path[^1]] = mark;
        }
    }
}
