using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Tests.Shared;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>Runs of recordings.</summary>
internal static class Replays
{
    /// <summary>Generous: a run takes a few seconds on a machine that has nothing else to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static Recording Recording(string name) => Sandbox.Recordings.Recording.Open(Path.Combine(Repository.Root, "recordings", name));

    public static async Task<ReplaySession> RunAsync(Recording recording, ReplayPace pace)
    {
        ReplaySession session = await ReplaySession.StartAsync(new ReplayOptions { Recording = recording, Pace = pace }, CancellationToken.None);
        try
        {
            await session.RunAsync(Patience, null, CancellationToken.None);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public static TableVerdict Books(ComparisonReport report)
    {
        Assert.All(report.Tables, table => Assert.True(table.Name == "default/books" || table.Verdict == TableOutcome.Equal, Describe(report)));
        return report.Tables.Single(table => table.Name == "default/books");
    }

    public static string Describe(ComparisonReport report) =>
        string.Join('\n', report.Tables.Where(table => table.Verdict != TableOutcome.Equal).Select(table => $"{table} {string.Join("; ", table.Examples)}"));

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
