using System.Diagnostics;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Tests.Recordings;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>What is wrong around the product is told in one sentence that names what and where; nothing ends that should go on.</summary>
public class BadInputTests
{
    [Theory]
    [InlineData("Cdc__Source__Kafka__BootstrapServers", "127.0.0.1:1", "127.0.0.1:1")]
    [InlineData("Cdc__Source__Etcd__Endpoints__0", "http://127.0.0.1:1", "127.0.0.1:1")]
    [InlineData("Cdc__Source__Etcd__RootPath", "nobody", "nothing under 'nobody/meta/root-coord/'")]
    public async Task A_source_that_is_not_there_is_the_tasks_reason_and_is_tried_again(string setting, string value, string named)
    {
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions { Recording = Replays.Recording("kafka-2.3.5-restart"), ServerEnvironment = new Dictionary<string, string> { [setting] = value } },
            CancellationToken.None);
        await session.Feeder.PrepareAsync(CancellationToken.None);
        await session.CreateTaskAsync(CancellationToken.None);

        TaskReport? task = null;
        using var limit = new CancellationTokenSource(Replays.Patience);
        while (task is not { Phase: "Retrying", Reason: not null })
        {
            await Task.Delay(200, limit.Token);
            task = await session.GetTaskAsync(limit.Token);
        }

        Assert.Contains(named, task.Reason, StringComparison.Ordinal);
        Assert.False(session.Server.Process.HasExited);
    }

    [Fact]
    public async Task A_target_that_refuses_replication_is_refused_with_what_to_change()
    {
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions { Recording = Replays.Recording("kafka-2.3.5-restart"), Target = new StandInOptions { TtMsgEnabled = true } }, CancellationToken.None);

        var refused = await Assert.ThrowsAsync<SandboxException>(() => session.CreateTaskAsync(CancellationToken.None));

        Assert.Contains("ttMsgEnabled", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData(null)]
    public async Task A_folder_that_is_no_recording_is_one_line_and_an_exit_code(string? folder)
    {
        using RecordingFolders copy = RecordingFolders.Copy("kafka-2.3.5-restart");
        File.Delete(Path.Combine(copy.Folder, "source-rows.json.gz"));

        (int code, string error) = await SandboxAsync("replay", folder ?? copy.Folder);

        Assert.NotEqual(0, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(folder ?? "source-rows.json.gz", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Error)> SandboxAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sandbox.dll"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Replays.Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        string error = await process.StandardError.ReadToEndAsync(limit.Token);
        await output;
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, error);
    }
}
