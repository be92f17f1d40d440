using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Workloads;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>The workloads of the kill matrix and their points.</summary>
internal static class KillPlans
{
    private const double RecordedSpeed = 80;
    private const int RandomSeed = 1;
    private const int RandomSteps = 300;

    /// <summary>The calls that both workloads make on the target.</summary>
    private static readonly string[] Calls =
    [
        "CreateDatabase", "CreateCollection", "CreatePartition", "CreateIndex", "LoadCollection", "Flush", "CreateAlias", "AlterAlias", "DropAlias", "RenameCollection",
        "ReleaseCollection", "DropIndex", "DropPartition", "DropCollection", "DropDatabase",
    ];

    /// <summary>A workload in a mode; <paramref name="only"/> names the points wanted (none: all), which are then reached in one replay.</summary>
    public static KillPlan Of(string workload, KillMode mode, int replays, IReadOnlyCollection<int> only)
    {
        IReadOnlyList<KillPoint> points = KillPoints.All(Calls);
        if (only.Count > 0)
        {
            points = [.. points.Where(point => only.Contains(point.Number))];
            replays = 1;
        }

        if (workload != "recorded")
        {
            return new KillPlan("random", () => new RandomWorkload(RandomSeed, RandomSteps), points, mode, replays);
        }

        Recording recording = Recording.Open(RecordingFolder());
        return new KillPlan(recording.Name, () => new RecordedWorkload(recording, RecordedSpeed), points, mode, replays);
    }

    private static string RecordingFolder()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !Directory.Exists(Path.Combine(root, "recordings", "kafka-2.3.5")))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? System.Environment.CurrentDirectory, "recordings", "kafka-2.3.5");
    }
}
