namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>The stand-in against what a real Milvus 2.3.5 answered to the same calls in the same state.</summary>
public class RecordedCallsTests
{
    // Lines without bytes (requests of megabytes) and the seven outcome notes are no calls that can be sent again.
    private const int LinesWithBytes = 617;

    [Fact]
    public async Task Recorded_calls_in_order_get_the_recorded_codes_reasons_and_rows()
    {
        List<RecordedWalk> walks = RecordedCall.All()
            .Where(c => c.Method.Length > 0)
            .GroupBy(c => (c.Server, Instance: c.Group == "malformed" ? string.Join('.', c.Case.Split('.')[..2]) : c.Group))
            .Select(g => new RecordedWalk(g))
            .ToList();
        foreach (RecordedWalk walk in walks)
        {
            await walk.RunAsync();
        }

        List<string> differences = walks.SelectMany(w => w.Differences).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(walks.Sum(w => w.Compared.Count) >= 606, $"{walks.Sum(w => w.Compared.Count)} of {LinesWithBytes} were compared");
    }

    [Fact]
    public void Every_case_left_out_is_in_the_recording()
    {
        IReadOnlyList<RecordedCall> calls = RecordedCall.All();

        Assert.All(RecordedScenes.LeftOut.Keys, prefix => Assert.Contains(calls, c => c.Case.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.All(calls.Where(c => c is { Method.Length: > 0, Request: null }),
            c => Assert.Contains(RecordedScenes.WithoutBytes.Keys, prefix => c.Case.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.Equal(LinesWithBytes, calls.Count(c => c is { Method.Length: > 0, Request: not null }));
    }
}
