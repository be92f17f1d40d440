using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MilvusCdc.Api.Security;
using MilvusCdc.Api.V1;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>The OpenAPI document: valid, complete, and true.</summary>
public sealed class DescriptionTests(OneEtcd etcd) : IAsyncLifetime, IClassFixture<OneEtcd>
{
    private V1Process _api = null!;
    private JsonNode _document = null!;

    public async Task InitializeAsync()
    {
        _api = await V1Process.StartAsync(etcd.Process);
        _document = (await _api.SendAsync("GET", "/openapi/v1.json")).Body!;
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public void Document_is_valid_openapi_3_1() => Assert.Empty(OpenApiRules.Problems(_document));

    [Fact]
    public void Every_route_is_described_with_words_role_and_problems()
    {
        HashSet<string> described = [.. OpenApiRules.Operations(_document).Select(static one => one.Id)];
        List<RouteEndpoint> routes = [.. _api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(static route => route.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))];

        Assert.All(routes, static route => Assert.NotNull(route.Metadata.GetMetadata<NeedsRole>()?.Role));
        Assert.Equal(routes.Select(static route => route.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName).Order(), described.Order());
        Assert.All(OpenApiRules.Operations(_document), static one =>
        {
            Assert.True(((string?)one.Operation["summary"])?.Length > 10, $"{one.Id} has no summary");
            Assert.NotNull(one.Operation["responses"]!["401"]);
            Assert.NotNull(one.Operation["responses"]!["403"]);
            Assert.Contains("Needs the role", (string?)one.Operation["description"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_member_of_every_object_is_described()
    {
        // A member that is an object of its own is described there.
        IEnumerable<string> silent = _document["components"]!["schemas"]!.AsObject()
            .Where(static schema => schema.Value!["properties"] is not null)
            .SelectMany(static schema => schema.Value!["properties"]!.AsObject().Where(static member => ((string?)member.Value!["description"] ?? "").Length == 0 && member.Value["$ref"] is null && member.Value["oneOf"] is null).Select(member => $"{schema.Key}.{member.Key}"));

        Assert.Empty(silent);
    }

    [Fact]
    public async Task Everything_that_a_body_is_said_to_have_is_understood()
    {
        const string all = """
            {"id":"all","target":{"address":"http://127.0.0.1:19530","token":"a:b","connectTimeoutSeconds":5,"tls":{"serverName":"milvus"},"ignorePartitions":true},
             "collections":{"include":["shop.*"],"exclude":["shop.test"]},"mappings":[{"source":"shop.*","target":"store.*"}],"start":"CollectionStart","positions":{"by-dev-rootcoord-dml_0_1v0":"AAAA"},
             "operationPosition":"AAAA","policies":{"metadata":"Block","unsupported":"Ignore","refused":"SetAside","usersAndRoles":true},"autoStart":false,"paused":true}
            """;
        JsonObject schemas = _document["components"]!["schemas"]!.AsObject();
        Assert.Equal(schemas[nameof(CreateTaskBody)]!["properties"]!.AsObject().Select(static member => member.Key).Order(), JsonNode.Parse(all)!.AsObject().Select(static member => member.Key).Order());

        (int status, JsonNode? created, _) = await _api.SendAsync("POST", "/api/v1/tasks", all);

        Assert.True(status == 201, created!.ToJsonString());
        Assert.Equal("Pause", (string?)created["intent"]);
        Assert.Equal("""[{"source":"shop.*","target":"store.*"}]""", created["definition"]!["mappings"]!.ToJsonString());
    }

    [Fact]
    public async Task Page_for_people_has_every_operation_and_no_foreign_address()
    {
        string page = await _api.Http.GetStringAsync(new Uri("/openapi", UriKind.Relative));

        Assert.All(OpenApiRules.Operations(_document), one => Assert.Contains($"id='{one.Id}'", page, StringComparison.Ordinal));
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href='http", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_have_the_members_that_are_described()
    {
        await _api.RunningAsync("a");
        foreach ((string path, string schema) in (IEnumerable<(string, string)>)[("/api/v1/tasks/a", nameof(TaskResource)), ("/api/v1/tasks/a/progress", nameof(TaskProgressAnswer)), ("/api/v1/version", nameof(VersionAnswer))])
        {
            JsonObject answer = (await _api.SendAsync("GET", path)).Body!.AsObject();
            JsonObject properties = _document["components"]!["schemas"]![schema]!["properties"]!.AsObject();
            Assert.Empty(answer.Select(static member => member.Key).Except(properties.Select(static member => member.Key)));
        }
    }
}
