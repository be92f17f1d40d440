using MilvusCdc.Sandbox.Matrix.Faults;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Each row: the phase and the reason while the fault lasts, whether the task goes on by itself, and equality afterwards. How long it takes is printed by <c>sandbox fault-matrix</c>, not asserted.</summary>
public class FaultMatrixTests
{
    /// <summary>Left to the long form: what takes long, or differs little from another row.</summary>
    private static readonly string[] LongOnly =
    [
        "target resets every connection", "target answers 65535 to everything", "target is not ready (2)", "target has no room for the call", "broker slow: each fetch takes 0.7 s more",
        "source stops to tick on one channel", "source's etcd has no leader", "source's clock jumps ten minutes back", "meta store's disk is full: it refuses writes", "a topic deleted and made again during a pause",
    ];

    [Fact]
    public async Task Each_fault_shows_what_it_is_and_leaves_source_and_target_equal()
    {
        FaultRow[] rows = [.. FaultRows.All.Where(row => LongTests.Wanted || !LongOnly.Contains(row.Name))];

        IReadOnlyList<FaultOutcome> outcomes = await new FaultMatrix(rows, parallel: 3, serverPath: null).RunAsync(CancellationToken.None);

        Assert.All(outcomes, outcome => Assert.True(outcome.Problem is null, $"{outcome.Name}: {outcome.Problem}"));
        Assert.True(FaultRows.All.Count >= 25);
    }
}
