using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Tests.Processes;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Lines_are_passed_on_with_the_name_in_front()
    {
        List<string> lines = [];
        await using ChildProcess child = await StartAsync("echo out; echo err >&2; exit 3", lines);

        Assert.Equal(3, await child.WaitForExitAsync(CancellationToken.None));

        Assert.Equal(["[shell] err", "[shell] out"], lines.Order(StringComparer.Ordinal));
        Assert.Equal(["err", "out"], child.LastLines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task StopAsync_lets_it_end_by_itself()
    {
        List<string> lines = [];
        await using ChildProcess child = await StartAsync("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done", lines);
        await UntilReadyAsync(child);

        await child.StopAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(7, child.ExitCode);
    }

    [Fact]
    public async Task StopAsync_kills_what_does_not_listen()
    {
        List<string> lines = [];
        await using ChildProcess child = await StartAsync("trap '' TERM; echo ready; while :; do sleep 0.05; done", lines);
        await UntilReadyAsync(child);

        await child.StopAsync(TimeSpan.FromMilliseconds(200));

        Assert.Equal(137, child.ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        await using ChildProcess? child = await TryStartAsync();

        static async Task<ChildProcess?> TryStartAsync()
        {
            ChildProcess? started = null;
            try
            {
                started = await ChildProcess.StartAsync(new ChildProcessOptions { Name = "nobody", FileName = "/nowhere/nobody" });
                Assert.NotEqual(0, await started.WaitForExitAsync(CancellationToken.None));
                Assert.Contains(started.LastLines, line => line.Contains("/nowhere/nobody", StringComparison.Ordinal));
            }
            catch (SandboxException fault)
            {
                Assert.Contains("/nowhere/nobody", fault.Message, StringComparison.Ordinal);
            }

            return started;
        }
    }

    [Fact]
    public async Task EtcdServer_answers_and_leaves_no_process()
    {
        string folder = Directory.CreateTempSubdirectory("etcd-").FullName;
        try
        {
            EtcdServer etcd = await EtcdServer.StartAsync(folder, null, CancellationToken.None);
            using HttpClient client = new();
            Assert.Contains("true", await client.GetStringAsync(new Uri(etcd.Endpoint, "/health")), StringComparison.Ordinal);
            int id = etcd.Process.Id;

            await etcd.DisposeAsync();

            Assert.False(Directory.Exists($"/proc/{id}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<ChildProcess> StartAsync(string script, List<string> lines) => ChildProcess.StartAsync(new ChildProcessOptions
    {
        Name = "shell",
        FileName = "/bin/sh",
        Arguments = ["-c", script],
        Log = line =>
        {
            lock (lines)
            {
                lines.Add(line);
            }
        },
    });

    private static async Task UntilReadyAsync(ChildProcess child)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!child.LastLines.Contains("ready"))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "the script did not start");
            await Task.Delay(10);
        }
    }
}
