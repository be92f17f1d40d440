using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MilvusCdc.Web.Tests;

/// <summary>The dashboard on a free port, composed as its own Program and the Server's do it.</summary>
internal sealed class WebUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private WebUnderTest(WebApplication app)
    {
        _app = app;
        _client = new HttpClient { BaseAddress = new Uri(Address) };
    }

    public string Address => _app.Urls.Single();

    public static async Task<WebUnderTest> StartAsync(Dictionary<string, string?> settings, Action<WebApplication>? map = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.AddWeb();
        WebApplication app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapWeb();
        map?.Invoke(app);
        await app.StartAsync();
        return new WebUnderTest(app);
    }

    public Task<string> GetAsync(string path) => _client.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>The page as the server draws it first, once it contains <paramref name="text"/>.</summary>
    public async Task<string> GetUntilAsync(string path, string text)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (true)
        {
            string page = await GetAsync(path);
            if (page.Contains(text, StringComparison.Ordinal))
            {
                return page;
            }

            Assert.False(deadline.IsCancellationRequested, $"'{text}' never came to {path}:\n{page}");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
