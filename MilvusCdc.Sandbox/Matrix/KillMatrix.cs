using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>What happens after a kill.</summary>
internal enum KillMode
{
    /// <summary>The worker is started again; its lease is ended early, as if its time had passed.</summary>
    Restart,

    /// <summary>A second worker takes over when the lease has ended by itself; the dead one is started again and waits for its turn.</summary>
    TakeOver,
}

/// <summary>One workload in one mode, and the points at which workers are killed.</summary>
/// <param name="Name">The workload's name.</param>
/// <param name="Workload">Makes the workload, once a replay.</param>
/// <param name="Points">All points.</param>
/// <param name="Mode">What happens after a kill.</param>
/// <param name="Replays">Over how many replays the points are spread.</param>
internal sealed record KillPlan(string Name, Func<IMatrixWorkload> Workload, IReadOnlyList<KillPoint> Points, KillMode Mode, int Replays);

/// <summary>One row of the table.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Mode">What happened after the kill.</param>
/// <param name="Replay">In which replay.</param>
/// <param name="Number">The point's number.</param>
/// <param name="Point">The point, in words.</param>
/// <param name="Reached">Whether the replay came there.</param>
/// <param name="InFlight">What was in flight.</param>
/// <param name="ToStreamingMs">From the kill to the next tick on the target; null: it was killed again before.</param>
/// <param name="Lost">Rows lost at the end of the replay.</param>
/// <param name="Doubled">Rows doubled at the end of the replay.</param>
/// <param name="Equal">Whether source and target were equal at the end of the replay.</param>
internal sealed record KillRow(
    string Workload, KillMode Mode, int Replay, int Number, string Point, bool Reached, string InFlight, double? ToStreamingMs, long Lost, long Doubled, bool Equal);

/// <summary>What a whole matrix came to.</summary>
/// <param name="Rows">A row a point.</param>
/// <param name="Problems">Of replays that did not come to their end, or not to equality: one sentence each.</param>
internal sealed record KillMatrixResult(IReadOnlyList<KillRow> Rows, IReadOnlyList<string> Problems);

/// <summary>Runs the replays of plans, some at a time.</summary>
internal sealed class KillMatrix(IReadOnlyList<KillPlan> plans, int parallel, string? serverPath)
{
    private static readonly TimeSpan ReplayTimeout = TimeSpan.FromMinutes(20);

    /// <summary>Gets a line for everything that happens.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Gets the log lines of the processes; null: nobody does.</summary>
    public Action<string>? Log { get; init; }

    public async Task<KillMatrixResult> RunAsync(CancellationToken cancellation)
    {
        List<(KillPlan Plan, int Replay)> replays = [.. plans.SelectMany(plan => Enumerable.Range(0, plan.Replays).Select(replay => (plan, replay)))];
        (List<KillRow> Rows, List<string> Problems)[] results = new (List<KillRow>, List<string>)[replays.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, replays.Count),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
            async (index, stop) => results[index] = await ReplayAsync(replays[index].Plan, replays[index].Replay, stop));
        return new KillMatrixResult([.. results.SelectMany(result => result.Rows)], [.. results.SelectMany(result => result.Problems)]);
    }

    private async Task<(List<KillRow> Rows, List<string> Problems)> ReplayAsync(KillPlan plan, int replay, CancellationToken cancellation)
    {
        IMatrixWorkload workload = plan.Workload();
        KillPoint[] points = [.. plan.Points.Where(point => point.Number % plan.Replays == replay)];
        string title = $"{plan.Name}, {Words(plan.Mode)}, replay {replay + 1} of {plan.Replays}";
        int killed = 0;
        KillRun run = new(new MatrixBedOptions { Workload = workload, Workers = plan.Mode == KillMode.TakeOver ? 2 : 1, ServerPath = serverPath, Log = Log }, points)
        {
            OnKill = outcome => Progress?.Invoke($"{title}: kill {++killed} of {points.Length}: {outcome.Point.Number} {outcome.Point.Name}"),
        };
        KillRunResult result = await run.RunAsync(ReplayTimeout, cancellation);
        Progress?.Invoke($"{title}: {(result.Equal ? "equal" : "NOT EQUAL")} after {killed} kills and {result.Took.TotalSeconds:0} s, {result.Lost} lost, {result.Doubled} doubled");
        List<KillRow> rows = [.. result.Outcomes.Select(outcome => new KillRow(
            plan.Name, plan.Mode, replay + 1, outcome.Point.Number, outcome.Point.Name, outcome.Reached, outcome.InFlight, outcome.ToStreaming?.TotalMilliseconds,
            result.Lost, result.Doubled, result.Equal))];
        return (rows, [.. Problems(result).Select(problem => $"{title}: {problem}")]);
    }

    /// <summary>A mode as people read it.</summary>
    public static string Words(KillMode mode) => mode == KillMode.Restart ? "restart" : "take-over";

    private static IEnumerable<string> Problems(KillRunResult result)
    {
        if (result.Failure is { } failure)
        {
            yield return failure;
        }

        foreach (string poison in result.Poisons)
        {
            yield return $"a real target would have been harmed: {poison}";
        }

        foreach (var table in result.Report?.Tables.Where(table => table.Verdict != Comparison.TableOutcome.Equal) ?? [])
        {
            yield return $"{table.Name} is {table.Verdict}: {table.Missing} missing, {table.Doubled} doubled, {table.Different} different, {table.Extra} extra ({string.Join("; ", table.Examples)})";
        }
    }
}
