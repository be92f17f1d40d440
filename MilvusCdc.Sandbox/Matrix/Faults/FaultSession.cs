using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>Lets one fault happen at a scene and looks at all that must be seen of it.</summary>
internal sealed class FaultSession(FaultScene scene, TimeSpan patience)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public async Task<FaultOutcome> RunAsync(FaultRow row, CancellationToken cancellation)
    {
        if (row.Fatal)
        {
            // What is compared is the source as it was at an earlier moment, and it does not know any more what was in partitions that it has dropped since.
            // Some way into the log, too: of a task that stands at offset 0 nobody can tell whether it lost anything.
            await scene.RestAsync(cancellation);
            ulong now = scene.Source.AllocateTimestamp();
            (bool came, TaskReport report) = await scene.LookForAsync(report => report.Frontier >= now, patience, cancellation);
            if (!came)
            {
                throw new SandboxException($"The task did not stream before the fault: it is {report.Phase} ({report.Reason ?? "no reason given"}).");
            }
        }

        long began = TimeProvider.System.GetTimestamp();
        await row.Begin(scene);
        bool stays = row is { Phase: "Streaming" };
        (bool seen, TaskReport during) = stays
            ? (true, new TaskReport("Run", "Running", "Streaming", null, 0, 0, null, false))
            : await scene.LookForAsync(report => IsExpected(row, report), patience, cancellation);
        TimeSpan left = row.Hold - TimeProvider.System.GetElapsedTime(began);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, TimeProvider.System, cancellation);
        }

        if (stays)
        {
            // Not a look at one moment: on a slow machine a start may still be under way.
            (seen, during) = await scene.LookForAsync(report => IsExpected(row, report), patience, cancellation);
        }

        string? problem = seen ? null : $"expected {row.Phase} with '{row.Reason}', seen {during.Phase} with '{during.Reason}'";
        if (row.Fatal)
        {
            return await EndAtFrontierAsync(row, during, problem, cancellation);
        }

        await row.End(scene);
        if (row.Person is { } person)
        {
            await Task.Delay(Settle, TimeProvider.System, cancellation);
            TaskReport still = await scene.LookAsync(cancellation);
            problem ??= still.NeedsAPerson ? null : $"it did not wait for a person: {still.Phase}";
            await person(scene);
        }

        long ended = TimeProvider.System.GetTimestamp();
        ulong beyond = scene.Source.AllocateTimestamp();
        (bool streams, TaskReport after) = await scene.LookForAsync(report => report.Phase == "Streaming" && report.Frontier >= beyond, patience, cancellation);
        double recovery = TimeProvider.System.GetElapsedTime(ended).TotalMilliseconds;
        problem ??= streams ? null : $"it does not stream again: {after.Phase} ({after.Reason})";
        ComparisonReport? compared = streams ? await scene.CompareAsync(patience, cancellation) : null;
        bool equal = compared is { AllEqual: true } && scene.Bed.Target.Milvus.Poisons.Count == 0;
        problem ??= equal ? null : $"not equal: {Differences(compared)}";
        return new FaultOutcome(row.Name, during.Phase, during.Reason, row.Person is null, streams ? recovery : null, equal, problem);
    }

    /// <summary>The task stands still for good: what is on the target must be the source as it was at the frontier.</summary>
    private async Task<FaultOutcome> EndAtFrontierAsync(FaultRow row, TaskReport during, string? problem, CancellationToken cancellation)
    {
        TargetContent target = await scene.Bed.ReadTargetAsync(cancellation);
        ComparisonReport compared = CompareAt(during.Frontier, target);
        if (!compared.AllEqual)
        {
            compared = CompareAt(await scene.Bed.CheckpointedAsync(scene.TaskId, cancellation), target);
        }

        bool equal = compared.AllEqual && scene.Bed.Target.Milvus.Poisons.Count == 0;
        problem ??= equal ? null : $"not equal at the frontier: {Differences(compared)}";
        return new FaultOutcome(row.Name, during.Phase, during.Reason, ByItself: false, ToStreamingMs: null, equal, problem);
    }

    /// <summary>Collections made or dropped since the frontier are on one side only.</summary>
    private ComparisonReport CompareAt(ulong frontier, TargetContent target)
    {
        IReadOnlyDictionary<string, CollectionRows> source = scene.Source.Rows(frontier);
        return TableComparer.Compare(
            source.Where(one => target.Rows.ContainsKey(one.Key)).ToDictionary(), target.Rows.Where(one => source.ContainsKey(one.Key)).ToDictionary());
    }

    private static bool IsExpected(FaultRow row, TaskReport report) => report.Phase == row.Phase
        && (row.Reason.Length == 0 ? report.Reason is null : report.Reason?.Contains(row.Reason, StringComparison.OrdinalIgnoreCase) == true);

    private string Differences(ComparisonReport? report) => scene.Bed.Target.Milvus.Poisons.Count > 0
        ? $"a real target would have been harmed: {scene.Bed.Target.Milvus.Poisons[0]}"
        : report is null ? "the target did not catch up"
        : string.Join("; ", report.Tables.Where(table => table.Verdict != TableOutcome.Equal).Select(table => $"{table.Name} {table.Verdict}: {string.Join(", ", table.Examples)}"));
}
