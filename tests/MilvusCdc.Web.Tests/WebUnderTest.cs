using System.Net;
using System.Security.Cryptography.X509Certificates;
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

    private WebUnderTest(WebApplication app, X509Certificate2? certificate)
    {
        _app = app;
        SocketsHttpHandler handler = new() { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate?.GetCertHashString() } };
        _client = new HttpClient(handler) { BaseAddress = new Uri(Address) };
    }

    public string Address => _app.Urls.Single();

    /// <param name="settings">Configuration of the dashboard.</param>
    /// <param name="map">What the process serves besides.</param>
    /// <param name="certificate">The process listens with TLS only, with this; null: without TLS.</param>
    public static async Task<WebUnderTest> StartAsync(Dictionary<string, string?> settings, Action<WebApplication>? map = null, X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings);
        if (certificate is null)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        }

        builder.AddServiceDefaults();
        builder.AddWeb();
        WebApplication app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapWeb();
        map?.Invoke(app);
        await app.StartAsync();
        return new WebUnderTest(app, certificate);
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
