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

    /// <summary>A workload on a log in a mode; <paramref name="only"/> names the points wanted (none: all), which are then reached in one replay.</summary>
    public static KillPlan Of(string workload, RecordedLog log, KillMode mode, int replays, IReadOnlyCollection<int> only)
    {
        IReadOnlyList<KillPoint> points = KillPoints.All(Calls, log);
        if (workload == "recorded")
        {
            // That session is read without durable subscriptions.
            points = [.. points.Where(point => !NeedsDurable(point.At.Name))];
        }

        if (only.Count > 0)
        {
            points = [.. points.Where(point => only.Contains(point.Number))];
            replays = 1;
        }

        if (workload != "recorded")
        {
            return new KillPlan($"random on {log}", () => new RandomWorkload(RandomSeed, RandomSteps, log: log), points, mode, replays);
        }

        Recording recording = Recording.Open(RecordingFolder(log == RecordedLog.Pulsar ? "pulsar-2.3.5" : "kafka-2.3.5"));
        return new KillPlan(recording.Name, () => new RecordedWorkload(recording, RecordedSpeed), points, mode, replays);
    }

    private static bool NeedsDurable(string name) => name is WireNames.Acknowledge or WireNames.First + WireNames.Seek;

    private static string RecordingFolder(string name)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !Directory.Exists(Path.Combine(root, "recordings", name)))
        {
            root = Path.GetDirectoryName(root);
        }

        return Path.Combine(root ?? System.Environment.CurrentDirectory, "recordings", name);
    }
}
