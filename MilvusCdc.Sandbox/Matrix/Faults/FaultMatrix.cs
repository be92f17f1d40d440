using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>Runs rows of the fault matrix: most of those that pass one after the other at a few scenes side by side, each of the others at a scene of its own.</summary>
internal sealed class FaultMatrix(IReadOnlyList<FaultRow> rows, int parallel, string? serverPath)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Gets a line for everything that happens.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Gets the log lines of the processes; null: nobody does.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The outcome of every row, in the order of the rows.</summary>
    public async Task<IReadOnlyList<FaultOutcome>> RunAsync(CancellationToken cancellation)
    {
        List<FaultRow> passing = [.. rows.Where(row => !row.Alone)];
        List<List<FaultRow>> scenes = [.. Enumerable.Range(0, parallel).Select(scene => passing.Where((_, index) => index % parallel == scene).ToList()).Where(scene => scene.Count > 0)];
        scenes.AddRange(rows.Where(row => row.Alone).Select(row => new List<FaultRow> { row }));
        Dictionary<FaultRow, FaultOutcome> outcomes = [];
        await Parallel.ForEachAsync(
            scenes.Select((scene, index) => (scene, index)),
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
            async (one, stop) => await RunSceneAsync(one.index, one.scene, outcomes, stop));
        return [.. rows.Select(row => outcomes[row])];
    }

    private async Task RunSceneAsync(int index, List<FaultRow> scene, Dictionary<FaultRow, FaultOutcome> outcomes, CancellationToken cancellation)
    {
        FaultScene? place = null;
        try
        {
            foreach (FaultRow row in scene)
            {
                FaultOutcome outcome;
                try
                {
                    place ??= await FaultScene.StartAsync(index + 1, serverPath, Log, cancellation, setAside: row.SetsAside);
                    outcome = await new FaultSession(place, Patience).RunAsync(row, cancellation);
                }
                catch (SandboxException fault)
                {
                    outcome = new FaultOutcome(row.Name, "", null, false, null, false, fault.Message);
                }

                lock (outcomes)
                {
                    outcomes[row] = outcome;
                }

                Progress?.Invoke($"{outcomes.Count} of {rows.Count}: {row.Name}: {(outcome.Problem is { } problem ? $"NOT AS EXPECTED: {problem}" : "as expected")}");
                if (outcome.Problem is not null && place is not null)
                {
                    // What comes next would suffer from it.
                    await place.DisposeAsync();
                    place = null;
                }
            }
        }
        finally
        {
            if (place is not null)
            {
                await place.DisposeAsync();
            }
        }
    }
}
