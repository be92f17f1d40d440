using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>
/// A worker is killed at numbered points of a replay; at the end the target equals the source, by rows and by count(*). Short form: some points of each kind, in one replay;
/// long form: all of them. Two classes, so that two replays run side by side.
/// </summary>
public class KillMatrixTests
{
    /// <summary>One point of each kind, named as in the table.</summary>
    internal static readonly string[] ShortPoints =
    [
        "fetch 8, done and not answered", "inserts 4, done and not answered", "checkpoint 8, not done yet", "checkpoint 20, done and not answered", "tick 12, done and not answered",
        "CreateCollection, done and not answered", "DropCollection, not done yet", "checkpoint of rows written, tick not sent", "in a start: claim of the task, done and not answered",
        "in a drain: checkpoint, done and not answered",
    ];

    public static TheoryData<string> Workloads => LongTests.Wanted ? ["recorded", "random"] : ["recorded"];

    [Theory]
    [MemberData(nameof(Workloads))]
    public Task Worker_killed_and_started_again_along_a_workload_then_nothing_is_lost_or_doubled(string workload) =>
        RunAsync(workload, RecordedLog.Kafka, KillMode.Restart, ShortPoints);

    internal static async Task RunAsync(string workload, RecordedLog log, KillMode mode, string[] shortPoints)
    {
        KillPlan plan = KillPlans.Of(workload, log, mode, replays: 7, only: []);
        if (!LongTests.Wanted)
        {
            plan = plan with { Points = [.. plan.Points.Where(point => shortPoints.Contains(point.Name))], Replays = 1 };
            Assert.Equal(shortPoints.Length, plan.Points.Count);
        }

        KillMatrixResult result = await new KillMatrix([plan], parallel: 1, serverPath: null).RunAsync(CancellationToken.None);

        Assert.Empty(result.Problems);
        Assert.All(result.Rows, row => Assert.Equal((row.Point, 0L, 0L, true), (row.Point, row.Lost, row.Doubled, row.Equal)));

        // With another timing a point or two may not be met, but then the test is about the others.
        int reached = result.Rows.Count(row => row.Reached);
        Assert.True(LongTests.Wanted ? reached >= 60 : reached >= shortPoints.Length - 2, $"only {reached} points of {result.Rows.Count} were reached");
    }
}

/// <summary>The same with a second worker that takes over.</summary>
public class TakeOverMatrixTests
{
    public static TheoryData<string> Workloads => LongTests.Wanted ? ["random", "recorded"] : ["random"];

    [Theory]
    [MemberData(nameof(Workloads))]
    public Task Worker_killed_and_another_takes_over_along_a_workload_then_nothing_is_lost_or_doubled(string workload) =>
        KillMatrixTests.RunAsync(workload, RecordedLog.Kafka, KillMode.TakeOver, KillMatrixTests.ShortPoints);
}

/// <summary>The same with the source's log on Pulsar.</summary>
public class PulsarKillMatrixTests
{
    private static readonly string[] ShortPoints =
    [
        "delivery 8, done and not answered", "inserts 4, done and not answered", "DropCollection, done and not answered", "in a start: first subscribe, done and not answered",
    ];

    public static TheoryData<string> Workloads => LongTests.Wanted ? ["recorded", "random"] : ["recorded"];

    [Theory]
    [MemberData(nameof(Workloads))]
    public Task Source_on_Pulsar_and_worker_killed_and_started_again_then_nothing_is_lost_or_doubled(string workload) =>
        KillMatrixTests.RunAsync(workload, RecordedLog.Pulsar, KillMode.Restart, ShortPoints);
}

/// <summary>And with a second worker; the random source is read with durable subscriptions, which the dead worker may hold still.</summary>
public class PulsarTakeOverMatrixTests
{
    private static readonly string[] ShortPoints = ["acknowledgement 3, done and not answered", "inserts 8, not done yet", "in a start: first seek, done and not answered"];

    public static TheoryData<string> Workloads => LongTests.Wanted ? ["random", "recorded"] : ["random"];

    [Theory]
    [MemberData(nameof(Workloads))]
    public Task Source_on_Pulsar_and_worker_killed_and_another_takes_over_then_nothing_is_lost_or_doubled(string workload) =>
        KillMatrixTests.RunAsync(workload, RecordedLog.Pulsar, KillMode.TakeOver, ShortPoints);
}
