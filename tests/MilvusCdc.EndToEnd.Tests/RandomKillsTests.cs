using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Workloads;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A source in use by chance, and kills by chance every few seconds. Short form: one seed for 20 s; long form: five seeds for two minutes.</summary>
public class RandomKillsTests
{
    public static TheoryData<int> Seeds => LongTests.Wanted ? [11, 12, 13, 14, 15] : [11];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Random_workload_with_kills_every_few_seconds_then_the_target_equals_the_source(int seed)
    {
        Random chance = new(seed);
        KillRun run = new(new MatrixBedOptions { Workload = new RandomWorkload(seed, leastSteps: 0) }, [])
        {
            Lasting = TimeSpan.FromSeconds(LongTests.Wanted ? 120 : 20),
            KillAfter = () => TimeSpan.FromSeconds(0.2 + (3 * chance.NextDouble())),
        };

        KillRunResult result = await run.RunAsync(TimeSpan.FromMinutes(8), CancellationToken.None);

        Assert.True(result.Equal, $"{result.Failure} {result.Lost} lost, {result.Doubled} doubled {(result.Report is { } report ? Replays.Describe(report) : "")} {string.Join("; ", result.Poisons)}");
        Assert.NotEqual(0, run.Kills);
    }
}
