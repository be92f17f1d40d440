using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Web.Tests;

public sealed class PageTests
{
    [Fact]
    public async Task Overview_shows_each_task_with_its_phase_lag_and_rows()
    {
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders")},{FakeApi.Retrying("books")}]" };
        await using WebApplication served = await api.StartAsync();
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = served.Urls.Single() });

        string page = await web.GetUntilAsync("/", "12,345");

        Assert.Contains("230 ms", page, StringComparison.Ordinal);
        Assert.Contains("Streaming", page, StringComparison.Ordinal);
        Assert.Contains("Retrying", page, StringComparison.Ordinal);
        Assert.Contains("The target at http://127.0.0.1:19531 cannot be reached.", page, StringComparison.Ordinal);
        Assert.Contains("href=\"tasks/orders\"", page, StringComparison.Ordinal);
        // The most urgent first.
        Assert.True(page.IndexOf("data-task=\"books\"", StringComparison.Ordinal) < page.IndexOf("data-task=\"orders\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_known_is_a_dash_and_not_a_zero()
    {
        var api = new FakeApi { Tasks = $"[{FakeApi.Retrying("books")}]" };
        await using WebApplication served = await api.StartAsync();
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["services:api:http:0"] = served.Urls.Single() });

        string page = await web.GetUntilAsync("/", "data-task=\"books\"");

        Assert.Contains("data-cell=\"lag\">–", page.Replace("&#x2013;", "–", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("data-cell=\"rows\">–", page.Replace("&#x2013;", "–", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_page_shows_watermarks_collections_and_notices()
    {
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders", lagMs: 2_500)}]" };
        await using WebApplication served = await api.StartAsync();
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = served.Urls.Single() });

        string page = await web.GetUntilAsync("/tasks/orders", "data-channel=\"by-dev-rootcoord-dml_0\"");

        Assert.Contains("2.5 s", page, StringComparison.Ordinal);
        Assert.Contains("holds the frontier", page, StringComparison.Ordinal);
        Assert.Contains("4711", page, StringComparison.Ordinal);
        Assert.Contains("1.0 MiB", page, StringComparison.Ordinal);
        Assert.Contains("data-collection=\"449\"", page, StringComparison.Ordinal);
        Assert.Contains("<b>2</b> Import", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overview_shows_tasks_of_all_pages()
    {
        var api = new FakeApi
        {
            Tasks = $$"""{ "tasks": [{{FakeApi.Streaming("orders")}}], "next": "b+/=" }""",
            Pages = new Dictionary<string, string> { ["b+/="] = $$"""{ "tasks": [{{FakeApi.Retrying("books")}}] }""" },
        };
        await using WebApplication served = await api.StartAsync();
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = served.Urls.Single() });

        string page = await web.GetUntilAsync("/", "data-task=\"books\"");

        Assert.Contains("data-task=\"orders\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inside_a_process_that_listens_with_tls_only_the_api_is_found_at_its_own_address_whatever_its_certificate_is_called()
    {
        using TestCertificate certificate = TestCertificate.For("cdc.example.com");
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders")}]" };
        await using WebUnderTest web = await WebUnderTest.StartAsync([], api.Map, certificate.Certificate);
        Assert.StartsWith("https://", web.Address, StringComparison.Ordinal);

        await web.GetUntilAsync("/", "data-task=\"orders\"");
    }

    [Fact]
    public async Task Elsewhere_a_certificate_that_nobody_signed_is_refused()
    {
        using TestCertificate certificate = TestCertificate.For("cdc.example.com");
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders")}]" };
        await using WebUnderTest other = await WebUnderTest.StartAsync([], api.Map, certificate.Certificate);
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = other.Address });

        await web.GetUntilAsync("/", "cannot be reached");
    }

    [Fact]
    public async Task Inside_another_process_the_api_is_looked_for_at_its_own_address()
    {
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders")}]" };
        await using WebUnderTest web = await WebUnderTest.StartAsync([], api.Map);

        Assert.Contains("12,345", await web.GetUntilAsync("/", "12,345"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_no_task_the_page_says_how_to_create_one()
    {
        var api = new FakeApi();
        await using WebUnderTest web = await WebUnderTest.StartAsync([], api.Map);

        string page = await web.GetUntilAsync("/", "No task yet");

        Assert.Contains($"curl -s {web.Address}/cdc", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_api_that_is_not_there_is_named_with_what_to_set()
    {
        await using WebUnderTest web = await WebUnderTest.StartAsync([]);

        string page = await web.GetUntilAsync("/", "The Api does not answer.");

        Assert.Contains("answered 404", page, StringComparison.Ordinal);
        Assert.Contains("Web:ApiAddress", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_none_stops_the_start()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = "ftp://api" }));

        Assert.Contains("Web:ApiAddress", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_and_style_are_served_in_production_from_a_build_folder()
    {
        await using WebUnderTest web = await WebUnderTest.StartAsync([]);
        string page = await web.GetAsync("/");

        foreach (string path in new[] { Attribute(page, "<link rel=\"stylesheet\" href=\""), Attribute(page, "<script src=\"") })
        {
            Assert.True((await web.GetAsync("/" + path)).Length > 1000, path);
        }
    }

    private static string Attribute(string page, string before)
    {
        int start = page.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return page[start..page.IndexOf('"', start)];
    }
}
