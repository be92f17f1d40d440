using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MilvusCdc.Api.Security;
using MilvusCdc.Core.Configuration;

namespace MilvusCdc.Api.Tests.V1;

/// <summary>Who may do what.</summary>
public sealed class TokenTests(OneEtcd etcd) : IAsyncLifetime, IClassFixture<OneEtcd>
{
    private V1Process _api = null!;

    public async Task InitializeAsync() => _api = await V1Process.StartAsync(etcd.Process, V1Process.Tokens(("eyes", "reader"), ("hands", "Operator")));

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [InlineData(null, 401, 401)]
    [InlineData("nonsense", 401, 401)]
    [InlineData("Basic !!", 401, 401)]
    [InlineData("Digest hands", 401, 401)]
    [InlineData("eyes", 0, 403)]
    [InlineData("hands", 0, 0)]
    public async Task Every_operation_by_every_token(string? token, int reading, int changing)
    {
        List<RouteEndpoint> routes = [.. _api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(static route => route.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))];
        Assert.True(routes.Count > 25);
        foreach (RouteEndpoint route in routes)
        {
            string method = route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single();
            string path = route.RoutePattern.RawText!.Replace("{id}", "nobody", StringComparison.Ordinal).Replace("{letter}", "dml_0@1", StringComparison.Ordinal).Replace("{name}", "nobody", StringComparison.Ordinal);
            int expected = route.Metadata.GetMetadata<NeedsRole>()!.Role is ApiRole.Operator ? changing : reading;

            // A stream goes on for ever: an unknown type ends it where the gate has let it through.
            int status = (await _api.SendAsync(method, path.EndsWith("/events", StringComparison.Ordinal) ? path + "?types=none" : path, token: token)).Status;

            Assert.True(expected == 0 ? status is not (401 or 403) : status == expected, $"{token ?? "no token"}: {method} {path} answered {status}, expected {(expected == 0 ? "to be let through" : expected)}");
        }
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("nonsense", 401)]
    [InlineData("eyes", 403)]
    [InlineData("hands", 200)]
    public async Task Compatible_api_needs_an_operator_and_says_so_in_its_own_form(string? token, int code)
    {
        (int status, JsonNode? body, _) = await _api.SendAsync("POST", "/cdc", """{"request_type":"list"}""", token);

        Assert.Equal((200, code), (status, (int)body!["code"]!));
    }

    [Fact]
    public async Task Health_and_description_are_for_everybody_and_browsers_are_asked_for_a_login()
    {
        Assert.Equal(200, (await _api.SendAsync("GET", "/openapi/v1.json")).Status);
        Assert.Equal(200, (await _api.SendAsync("GET", "/openapi")).Status);
        (int status, _, var headers) = await _api.SendAsync("GET", "/");
        Assert.Equal((401, "Basic"), (status, headers.WwwAuthenticate.Single().Scheme));
        Assert.Equal("Bearer", (await _api.SendAsync("GET", "/api/v1/tasks")).Headers.WwwAuthenticate.Single().Scheme);
        string basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:eyes"));
        Assert.Equal("eyes", (string?)(await _api.SendAsync("GET", "/api/v1/me", token: basic)).Body!["name"]);
    }

    [Fact]
    public async Task Log_has_the_token_s_name_for_what_was_done()
    {
        Assert.Equal(201, (await _api.SendAsync("POST", "/api/v1/tasks", V1Process.Body("a"), "hands")).Status);
        await _api.SendAsync("POST", "/api/v1/tasks/a/pause", token: "hands");
        await _api.SendAsync("POST", "/api/v1/tasks/a/pause", token: "eyes");

        (_, JsonNode? log, _) = await _api.SendAsync("GET", "/api/v1/operations", token: "eyes");
        Assert.Equal(["eyes task.pause Refused", "hands task.pause Done", "hands task.create Done"], log!["operations"]!.AsArray().Select(static one => $"{one!["who"]} {one["action"]} {one["result"]}"));
    }

    [Theory]
    [InlineData("http://evil.example", 403)]
    [InlineData("null", 403)]
    [InlineData(null, 200)]
    public async Task Pages_of_other_sites_may_not_call(string? origin, int expected)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("/api/v1/tasks", UriKind.Relative));
        request.Headers.Authorization = new("Bearer", "eyes");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using HttpResponseMessage answer = await _api.Http.SendAsync(request);
        Assert.Equal((expected, false), ((int)answer.StatusCode, answer.Headers.Contains("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Without_tokens_a_foreign_name_for_this_machine_is_refused()
    {
        await using V1Process open = await V1Process.StartAsync(etcd.Process);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("/api/v1/tasks", UriKind.Relative));
        request.Headers.Host = "rebound.example";

        using HttpResponseMessage answer = await open.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8444", false)]
    [InlineData("http://*:8444", false)]
    [InlineData("http://127.0.0.1:8444;http://10.0.0.5:8444", false)]
    [InlineData("https://[::]:8444", false)]
    [InlineData("http://127.0.0.1:8444;http://[::1]:8444", true)]
    [InlineData("http://localhost:8444", true)]
    [InlineData("http://unix:/run/cdc.sock", true)]
    public void Listening_for_other_machines_needs_tokens_or_a_word_that_it_is_meant_so(string urls, bool local)
    {
        string? Mistake(params (string, string?)[] more)
        {
            IConfiguration settings = new ConfigurationBuilder().AddInMemoryCollection(more.Append(("urls", urls)).Select(static pair => KeyValuePair.Create(pair.Item1, pair.Item2))).Build();
            return ListenerCheck.FindMistake(settings, CdcOptionsReader.Read(settings).Api);
        }

        if (local)
        {
            Assert.Null(Mistake());
        }
        else
        {
            Assert.Contains("Cdc:Api:AllowAnonymous=true", Mistake(), StringComparison.Ordinal);
        }

        Assert.Null(Mistake(("Cdc:Api:AllowAnonymous", "true")));
        Assert.Null(Mistake([.. V1Process.Tokens(("x", "Reader")).Select(static pair => (pair.Key, pair.Value))]));
    }

    [Fact]
    public void Mistakes_in_tokens_are_told_together_and_without_what_may_be_a_secret()
    {
        Dictionary<string, string?> settings = new()
        {
            ["Cdc:Api:Tokens:0:Name"] = "a",
            ["Cdc:Api:Tokens:0:Role"] = "boss",
            ["Cdc:Api:Tokens:0:Sha256"] = "my-secret-token",
            ["Cdc:Api:Tokens:1:Role"] = "0",
            ["Cdc:Api:AllowAnonymous"] = "perhaps",
        };

        CdcConfigurationException wrong = Assert.Throws<CdcConfigurationException>(() => CdcOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()));

        Assert.All((string[])["Tokens:0:Role is 'boss'", "Tokens:0:Sha256 has 15 characters", "Tokens:1:Name", "Tokens:1:Role is '0'", "Tokens:1:Sha256", "AllowAnonymous is 'perhaps'"], part => Assert.Contains(part, wrong.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("my-secret-token", wrong.Message, StringComparison.Ordinal);
    }
}
