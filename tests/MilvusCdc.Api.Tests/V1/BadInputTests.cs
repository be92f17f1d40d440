using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using MilvusCdc.Api.V1;
using MilvusCdc.Core.Tasks;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>Whatever is sent: an answer in the right form, everything that is wrong at once, and the process lives.</summary>
public sealed class BadInputTests(OneEtcd etcd) : IAsyncLifetime, IClassFixture<OneEtcd>
{
    private const string Whole = """
        {"id":"all","target":{"address":"http://127.0.0.1:19530","token":"a:b","connectTimeoutSeconds":5,"tls":{"serverName":"milvus"},"ignorePartitions":true},
         "collections":{"include":["shop.*"],"exclude":["shop.test"]},"mappings":[{"source":"shop.*","target":"store.*"}],"start":"CollectionStart","positions":{"by-dev-rootcoord-dml_0_1v0":"AAAA"},
         "operationPosition":"AAAA","policies":{"metadata":"Block","unsupported":"Ignore","refused":"SetAside","usersAndRoles":true},"autoStart":false,"paused":true}
        """;

    private static readonly string[] s_values =
    [
        "null", "true", "0", "-1", "1e400", "99999999999999999999", "\"\"", "\"x\"", "\"*\"", "\"a.b.c\"", "\"\\u0000\"", "\"\\ud800\"", "\"ü☃\"", "[]", "[null]", "[[]]", "{}", "{\"a\":{}}", "\"http://u:p@h\"",
        "\"ftp://h\"", "\"http://h:99999\"", "[\"shop.*\",\"shop.*\"]", $"\"{new string('x', 5_000)}\"",
    ];

    private V1Process _api = null!;

    public async Task InitializeAsync() => _api = await V1Process.StartAsync(etcd.Process);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public void Any_member_replaced_by_anything_is_read_or_named()
    {
        string[] pointers = [.. Pointers(JsonNode.Parse(Whole)!, "")];
        Gen<string> bodies =
            from pointer in Gen.Elements(pointers)
            from value in Gen.Elements(s_values)
            from other in Gen.Elements(pointers)
            from how in Gen.Choose(0, 3)
            select Mutated(pointer, value, other, how);

        Prop.ForAll(bodies.ToArbitrary(), ReadsOrNames).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Whole);
        Gen<byte[]> bodies =
            from at in Gen.Choose(0, whole.Length - 1)
            from length in Gen.Choose(0, 6)
            from noise in Gen.Choose(0, 255)
            select (byte[])[.. whole.Take(at), .. Enumerable.Repeat((byte)noise, length), .. whole.Skip(at + length)];

        Prop.ForAll(bodies.ToArbitrary(), static body => ReadsOrNames(body)).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        (int status, JsonNode? answer, _) = await _api.SendAsync("POST", "/api/v1/tasks", """
            {"id":"a b","target":{"token":7,"connectTimeoutSeconds":0,"tls":{"authorityFile":"/nowhere"},"colour":"red"},"collections":{"include":["shop.*","shop.*","x"],"exclude":["shop.*"]},
             "start":"Yesterday","policies":{"metadata":1},"mappings":[{"source":"shop.*"},7],"positions":[],"autoStart":"yes"}
            """);

        Assert.Equal((400, "body.invalid"), (status, (string?)answer!["code"]));
        string[] where = [.. answer["errors"]!.AsArray().Select(static error => (string)error!["where"]!)];
        foreach (string expected in (string[])
        [
            "/id", "/target/address", "/target/token", "/target/connectTimeoutSeconds", "/target/tls/authorityFile", "/target/colour", "/collections/include", "/collections/exclude", "/start", "/policies/metadata",
            "/mappings/0/target", "/mappings/1", "/positions", "/autoStart",
        ])
        {
            Assert.Contains(expected, where);
        }

        Assert.Equal(2, where.Count(static one => one == "/collections/include"));
    }

    [Theory]
    [InlineData("", "application/json", 400, "body.not_json")]
    [InlineData("{", "application/json", 400, "body.not_json")]
    [InlineData("[]", "application/json", 400, "body.not_json")]
    [InlineData("""{"id":"a","id":"b"}""", "application/json", 400, "body.not_json")]
    [InlineData("{}", "text/plain", 415, "body.type")]
    [InlineData("{}", "application/json; charset=utf-16", 415, "body.type")]
    [InlineData("{}", "application/json", 400, "body.invalid")]
    public async Task Body_that_is_none_is_told(string body, string type, int status, string code)
    {
        (int answered, JsonNode? answer, _) = await _api.SendAsync("POST", "/api/v1/tasks", body, type: type);

        Assert.Equal((status, code, status), (answered, (string?)answer!["code"], (int)answer["status"]!));
        Assert.StartsWith("urn:milvuscdc:problem:", (string?)answer["type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_and_deep_bodies_do_no_harm()
    {
        (int status, JsonNode? answer, _) = await _api.SendAsync("POST", "/api/v1/tasks", $$"""{"id":"{{new string('x', 10 << 20)}}"}""");
        Assert.Equal((413, "body.too_large"), (status, (string?)answer!["code"]));
        (status, answer, _) = await _api.SendAsync("POST", "/api/v1/tasks", new string('[', 200_000));
        Assert.Equal((400, "body.not_json"), (status, (string?)answer!["code"]));
        using ByteArrayContent wrong = new([(byte)'{', (byte)'"', 0xFF, 0xFE, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        wrong.Headers.ContentType = new("application/json");
        using HttpResponseMessage refused = await _api.Http.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), wrong);
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal(200, (await _api.SendAsync("GET", "/api/v1/tasks")).Status);
    }

    [Theory]
    [InlineData("GET", "/api/v1/tasks/%00")]
    [InlineData("GET", "/api/v1/tasks/..%2F..%2Fowners%2Fa")]
    [InlineData("POST", "/api/v1/tasks/%F0%9F%A6%99/pause")]
    [InlineData("DELETE", "/api/v1/tasks/a%2Fb")]
    [InlineData("POST", "/api/v1/tasks/x/dead-letters/%20/skip")]
    [InlineData("GET", "/api/v1/operations/%25")]
    public async Task Strange_names_in_paths_are_unknown_or_refused(string method, string path) => Assert.InRange((await _api.SendAsync(method, path)).Status, 400, 404);

    private static bool ReadsOrNames(string body) => ReadsOrNames(Encoding.UTF8.GetBytes(body));

    private static bool ReadsOrNames(byte[] body)
    {
        try
        {
            WantedTask wanted = TaskBody.Read(BodyReader.Parse(body));
            return TaskValidator.Validate(wanted.Definition).Count == 0;
        }
        catch (V1Exception refused)
        {
            return refused.Problem.Kind == ProblemCode.BodyNotJson
                || (refused.Problem.Kind == ProblemCode.BodyInvalid && refused.Problem.Errors!.All(static error => error is { Code.Length: > 0, Detail.Length: > 0 and < 6_000 }));
        }
    }

    private static IEnumerable<string> Pointers(JsonNode node, string at) => node switch
    {
        JsonObject some => some.SelectMany(one => Pointers(one.Value!, $"{at}/{one.Key}").Prepend($"{at}/{one.Key}")),
        JsonArray list => list.SelectMany((one, index) => Pointers(one!, $"{at}/{index}").Prepend($"{at}/{index}")),
        _ => [],
    };

    // Replaces, adds a stranger beside, takes away, or copies a member to another place.
    private static string Mutated(string pointer, string value, string other, int how)
    {
        const string mark = "\"\u0001mark\"";
        JsonNode body = JsonNode.Parse(Whole)!;
        string[] parts = pointer.Split('/')[1..];
        JsonNode? parent = parts[..^1].Aggregate(body, static (node, part) => node is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!);
        if (parent is JsonObject members)
        {
            if (how == 2)
            {
                members.Remove(parts[^1]);
            }
            else
            {
                members[how switch { 1 => "stranger", 3 => other.Split('/')[^1], _ => parts[^1] }] = "\u0001mark";
            }
        }
        else if (parent is JsonArray list)
        {
            list[int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture)] = "\u0001mark";
        }

        return body.ToJsonString().Replace("\"\\u0001mark\"", value, StringComparison.Ordinal).Replace(mark, value, StringComparison.Ordinal);
    }
}
