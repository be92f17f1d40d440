using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace MilvusCdc.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    private static readonly ActivitySource s_source = new("MilvusCdc.Probe");
    private static readonly Meter s_meter = new("MilvusCdc.Probe");
    private static readonly Counter<long> s_counter = s_meter.CreateCounter<long>("probe.count");

    [Fact]
    public async Task With_a_receiver_traces_metrics_and_logs_arrive_there()
    {
        await using TelemetryReceiver receiver = await TelemetryReceiver.StartAsync();
        WebApplication app = await TestProcess.StartAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            },
            app => app.MapGet("/orders/{id}", (string id, ILogger<TelemetryTests> log) =>
            {
                using Activity? span = s_source.StartActivity("inner-span");
                s_counter.Add(1);
                log.LogInformation("order {Id} was asked for", id);
                return id;
            }));
        await using (app)
        {
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            Assert.Equal("7", await client.GetStringAsync("/orders/7"));
            Assert.Equal("Healthy", await client.GetStringAsync("/health"));
            await app.StopAsync();
        }

        string traces = receiver.AllOf("/v1/traces");
        Assert.Contains("the-service", traces, StringComparison.Ordinal);
        Assert.Contains("inner-span", traces, StringComparison.Ordinal);
        Assert.Contains("GET /orders/{id}", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("GET /health", traces, StringComparison.Ordinal);

        string metrics = receiver.AllOf("/v1/metrics");
        Assert.Contains("probe.count", metrics, StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", metrics, StringComparison.Ordinal);

        string logs = receiver.AllOf("/v1/logs");
        Assert.Contains("order 7 was asked for", logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_receiver_nothing_is_exported_and_the_process_serves()
    {
        await using WebApplication app = await TestProcess.StartAsync([], app => app.MapGet("/", () => "here"));
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("here", await client.GetStringAsync("/"));
        Assert.Null(app.Services.GetService<LoggerProvider>());
        Assert.NotNull(app.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task Both_health_endpoints_answer_healthy()
    {
        await using WebApplication app = await TestProcess.StartAsync([], _ => { });
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("Healthy", await client.GetStringAsync("/health"));
        Assert.Equal("Healthy", await client.GetStringAsync("/alive"));
    }
}
