using System.Diagnostics;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.Server.Tests.TakeOver;

/// <summary>
/// The whole way: half of a recorded session is on the target, the meta store of a Go tool says so, its task is taken over, the other half comes, and in the end the target is
/// equal to the source, row by row.
/// </summary>
public sealed class TakeOverEndToEndTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Task_of_a_go_tool_goes_on_from_its_positions_and_nothing_is_lost_or_doubled()
    {
        Recording recording = Recording.Open(Path.Combine(Repository.Root, "recordings", "kafka-2.3.5"));
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions { Recording = recording, Pace = ReplayPace.Live, ServerPath = Path.Combine(AppContext.BaseDirectory, "MilvusCdc.Server.dll") }, default);
        using TaskApi api = new(session.Server.Address);
        using HttpClient http = new() { BaseAddress = session.Server.Address };
        using EtcdClient etcd = new(new EtcdOptions { Endpoints = [session.Etcd.Endpoint.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        using ReplaySink sink = new(session.Etcd.Endpoint, session.Source);
        GatedSink gate = new(sink, recording.CountMessages() / 2);
        RecordingFeeder feeder = new(recording, gate, ReplayPace.Live, 0, TimeProvider.System);
        await feeder.PrepareAsync(default);
        string before = await session.CreateTaskAsync(default);
        Task feeding = feeder.StreamAsync(default);
        await gate.Reached.WaitAsync(Patience);
        await Eventually.TrueAsync(async () => await api.GetAsync(before, default) is { Frontier: > 0, CaughtUp: true }, "the first half is on the target");
        await PostAsync(http, "pause", before);
        await Eventually.TrueAsync(async () => await api.GetAsync(before, default) is { Phase: "Paused" }, "the task stands at a cut");

        await GoStoreFixture.WriteAsync(etcd, recording, "milvus-cdc", before, "go-1", session.Target.Address);
        await PostAsync(http, "delete", before);
        await Eventually.TrueAsync(async () => await PostAsync(http, "list", "") == "{\"code\":200,\"data\":{\"tasks\":[]}}\n", "the helper task is gone");

        (int code, string text) = await TakeOverAsync(session, recording, apply: false);
        Assert.True(code == 0 && text.Contains("go-1: can be taken over; *.* to http://127.0.0.1", StringComparison.Ordinal) && text.Contains("dry run", StringComparison.Ordinal), text);
        Assert.DoesNotContain("geheim", text, StringComparison.Ordinal);
        Assert.Null(await etcd.GetAsync("milvus-cdc/tasks/go-1", default));

        (code, text) = await TakeOverAsync(session, recording, apply: true);
        Assert.True(code == 0 && text.Contains("go-1: taken over", StringComparison.Ordinal), text);
        string shown = await PostAsync(http, "get", "go-1");
        Assert.Contains("\"state\":\"Running\"", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", shown, StringComparison.Ordinal);

        gate.Open();
        await feeding.WaitAsync(Patience);
        await Eventually.TrueAsync(
            async () => await api.GetAsync("go-1", default) is { CaughtUp: true } task && task.Frontier >= session.History.LastCommonTick, "the task of the Go tool has caught up");
        ComparisonReport report = await session.CompareAsync(default);
        Assert.True(report.AllEqual, string.Join('\n', report.Tables.Where(static table => table.Verdict != TableOutcome.Equal).Select(static table => $"{table} {string.Join("; ", table.Examples)}")));
        Assert.Empty(session.Target.Milvus.Poisons);

        (code, text) = await TakeOverAsync(session, recording, apply: true);
        Assert.True(code == 0 && text.Contains("go-1: is here already, nothing changed", StringComparison.Ordinal), text);
    }

    private static async Task<(int Code, string Text)> TakeOverAsync(ReplaySession session, Recording recording, bool apply)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "MilvusCdc.Server.dll"), "--take-over"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (apply)
        {
            start.ArgumentList.Add("apply");
        }

        string etcd = session.Etcd.Endpoint.GetLeftPart(UriPartial.Authority);
        foreach ((string name, string value) in new Dictionary<string, string>
        {
            ["Source__Etcd__Endpoints"] = etcd,
            ["Source__Etcd__RootPath"] = recording.RootPath,
            ["Source__Kafka__BootstrapServers"] = session.Broker.BootstrapServers,
            ["Source__ReplicateChannel"] = recording.ReplicateChannel,
            ["MetaStore__RootPath"] = "milvus-cdc",
            ["TakeOver__RootPath"] = GoStoreFixture.Root,
            ["TakeOver__Stillness"] = "100ms",
        })
        {
            start.Environment[$"Cdc__{name}"] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static async Task<string> PostAsync(HttpClient http, string type, string id)
    {
        using StringContent request = new($$$"""{"request_type":"{{{type}}}","request_data":{"task_id":"{{{id}}}"}}""");
        using HttpResponseMessage answer = await http.PostAsync(new Uri("/cdc", UriKind.Relative), request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith("{\"code\":200", text, StringComparison.Ordinal);
        return text;
    }
}
