using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Live;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Milvus's official Node SDK as judge: tests/sdk, an application that writes to the source and reads the target, with everything of <c>sandbox up</c> between them.</summary>
public class SdkSuiteTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task The_official_SDK_finds_on_the_target_what_it_wrote_to_the_source_and_parts_that_are_killed_come_back()
    {
        using CancellationTokenSource limit = new(Patience);
        string folder = Path.Combine(Repository.Root, "tests", "sdk");
        await using UpSession sandbox = await UpSession.StartAsync(new UpOptions(), limit.Token);
        (int installed, string installation) = await RunAsync(folder, "npm", ["ci", "--no-audit", "--no-fund"], [], limit.Token);
        Assert.True(installed == 0, installation);

        Dictionary<string, string> sides = new() { ["SOURCE"] = sandbox.Addresses.Source.Authority, ["TARGET"] = sandbox.Addresses.Target.Authority };
        (int code, string said) = await RunAsync(folder, "node", ["--test", "--test-reporter=spec", "bookshop.test.mjs"], sides, limit.Token);

        Assert.True(code == 0, said);
        await KillAndCompareAsync(sandbox, limit.Token);
    }

    private static async Task KillAndCompareAsync(UpSession sandbox, CancellationToken cancellation)
    {
        using LoadRun load = new(sandbox.Addresses.Source, new LoadOptions { Rate = 200, Duration = TimeSpan.FromSeconds(6) });
        await load.PrepareAsync(cancellation);
        Task writing = load.RunAsync(cancellation);
        foreach ((ChildProcess part, string news) in (IEnumerable<(ChildProcess, string)>)[(sandbox.BrokerProcess, "the broker had ended and was started again"), (sandbox.TargetProcess, "the target had ended and was started again")])
        {
            await part.KillAsync();
            Assert.Equal(news, await sandbox.ReviveAsync(cancellation));
        }

        await writing;
        using Verifier verifier = new(sandbox.Addresses);
        (_, ComparisonReport compared) = await verifier.CompareAsync(Replays.Patience, cancellation);
        Assert.True(compared.AllEqual, Replays.Describe(compared));
    }

    private static async Task<(int Code, string Said)> RunAsync(string folder, string program, string[] arguments, Dictionary<string, string> environment, CancellationToken cancellation)
    {
        await using ChildProcess process = await ChildProcess.StartAsync(
            new ChildProcessOptions { Name = program, FileName = program, Arguments = arguments, Environment = environment, WorkingDirectory = folder });
        int code = await process.WaitForExitAsync(cancellation);
        return (code, string.Join('\n', process.LastLines));
    }
}
