using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MilvusCdc.ServiceDefaults.Tests;

public sealed class HttpClientTests
{
    [Fact]
    public async Task A_service_name_goes_to_the_address_in_the_configuration()
    {
        await using WebApplication service = await TestProcess.StartAsync([], app => app.MapGet("/where", (HttpRequest request) => request.QueryString.Value));
        using ServiceProvider caller = Caller(new() { ["services:api:http:0"] = service.Urls.Single() });
        using HttpClient client = caller.GetRequiredService<IHttpClientFactory>().CreateClient();

        Assert.Equal("?a=b", await client.GetStringAsync(new Uri("https+http://api/where?a=b")));
        Assert.Equal("?c=d", await client.GetStringAsync(new Uri("http://api/where?c=d")));
        Assert.Equal("?e=f", await client.GetStringAsync(new Uri(service.Urls.Single() + "/where?e=f")));
    }

    [Theory]
    [InlineData("GET", 3, HttpStatusCode.OK)]
    [InlineData("POST", 1, HttpStatusCode.ServiceUnavailable)]
    public async Task An_unavailable_answer_is_repeated_only_for_what_may_be_repeated(string method, int calls, HttpStatusCode last)
    {
        int seen = 0;
        await using WebApplication service = await TestProcess.StartAsync([], app => app.MapMethods(
            "/flaky",
            [method],
            () => Interlocked.Increment(ref seen) < 3 ? Results.StatusCode(503) : Results.Ok()));
        using ServiceProvider caller = Caller(new() { ["services:api:http:0"] = service.Urls.Single() });
        using HttpClient client = caller.GetRequiredService<IHttpClientFactory>().CreateClient();

        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("http://api/flaky"));
        using HttpResponseMessage response = await client.SendAsync(request);

        Assert.Equal(last, response.StatusCode);
        Assert.Equal(calls, seen);
    }

    private static ServiceProvider Caller(Dictionary<string, string?> settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "caller" });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults();
        builder.AddServiceDefaults();
        return builder.Services.BuildServiceProvider();
    }
}
