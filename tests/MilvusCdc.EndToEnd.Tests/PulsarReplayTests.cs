using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Recordings;
using MilvusCdc.Sandbox.Replay;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A recorded session of a real Milvus on Pulsar, through the real server, into the target stand-in.</summary>
public class PulsarReplayTests
{
    [Fact]
    public async Task Recorded_session_read_from_behind_then_the_target_equals_what_the_topics_say_row_by_row()
    {
        await using ReplaySession session = await Replays.RunAsync(Replays.Recording("pulsar-2.3.5"), ReplayPace.CatchUp);

        await EqualAsync(session);
    }

    [Fact]
    public async Task Recorded_session_live_with_a_broker_that_restarts_twice_then_the_target_is_equal_all_the_same()
    {
        Recording recording = Replays.Recording("pulsar-2.3.5");
        Assert.Equal(RecordedLog.Pulsar, recording.Log);
        await using ReplaySession session = await ReplaySession.StartAsync(new ReplayOptions { Recording = recording, Pace = ReplayPace.Live, Speed = 60 }, CancellationToken.None);
        Task<TaskReport> run = session.RunAsync(Replays.Patience, null, CancellationToken.None);
        for (int drop = 1; drop <= 2; drop++)
        {
            long fed = drop * 1500;
            await Replays.UntilAsync(() => session.Feeder.Progress.Fed > fed || run.IsCompleted);
            session.Source.RefuseConnections(true);
            session.Source.DropConnections();
            await Replays.UntilAsync(() => session.Feeder.Progress.Fed > fed + 300 || run.IsCompleted);
            session.Source.RefuseConnections(false);
        }

        await run;

        await EqualAsync(session);
    }

    private static async Task EqualAsync(ReplaySession session)
    {
        ComparisonReport report = await session.CompareAsync(CancellationToken.None);
        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.Empty(session.Target.Milvus.Poisons);
        Assert.Empty(session.Feeder.ShiftedTopics);
        Assert.Equal(session.History.CollectionsAt(ulong.MaxValue), report.Tables.Select(table => table.Name).Order(StringComparer.Ordinal));
        Assert.All(report.Tables, table => Assert.Equal((table.Expected, 0L), (table.Found, table.Doubled)));
    }
}
