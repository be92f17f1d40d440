using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;

namespace MilvusCdc.Web.Tests;

/// <summary>What a person sees, in a real browser.</summary>
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly BrowserTypeLaunchOptions s_launch = new()
    {
        ExecutablePath = Chromium,
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    };

    [Fact]
    public async Task Numbers_change_live_turn_stale_without_answers_and_links_lead_to_the_task()
    {
        Assert.True(File.Exists(Chromium), $"{Chromium} is missing: './test' installs it, or 'apt-get install -y --no-install-recommends chromium'.");
        var api = new FakeApi { Tasks = $"[{FakeApi.Streaming("orders", inserted: 1_000)},{FakeApi.Retrying("books")}]" };
        WebApplication served = await api.StartAsync();
        await using WebUnderTest web = await WebUnderTest.StartAsync(new() { ["Web:ApiAddress"] = served.Urls.Single() });
        await web.GetUntilAsync("/", "1,000");

        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(s_launch);
        IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        List<string> errors = [];
        page.Console += (_, message) => errors.AddRange(message.Type == "error" ? [message.Text] : []);
        page.PageError += (_, error) => errors.Add(error);

        await page.GotoAsync(web.Address);
        ILocator rows = page.Locator("[data-task=orders] [data-cell=rows]");
        await rows.GetByText("1,000").WaitForAsync();
        await page.EvaluateAsync("() => window.sameDocument = true");
        api.Tasks = $"[{FakeApi.Streaming("orders", inserted: 2_500, lagMs: 900)},{FakeApi.Retrying("books")}]";
        await rows.GetByText("2,500").WaitForAsync();
        await SaveAsync(page, "overview");

        await page.Locator("[data-task=orders] a").ClickAsync();
        await page.Locator("[data-channel='by-dev-rootcoord-dml_0']").WaitForAsync();
        Assert.EndsWith("/tasks/orders", page.Url, StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("() => window.sameDocument"));
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await SaveAsync(page, "task");

        await served.DisposeAsync();
        await page.GetByText("The Api does not answer.").WaitForAsync();
        await page.Locator(".figure.stale").First.WaitForAsync();
        await SaveAsync(page, "stale");
        Assert.Empty(errors);
    }

    /// <summary>Keeps pictures for a person to look at when MILVUSCDC_SCREENSHOTS names a folder.</summary>
    private static async Task SaveAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MILVUSCDC_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }
}
