using System.Collections.Concurrent;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Replay;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>
/// At every tick the target, read with strong consistency, is the source at that tick's timestamp, across all collections and channels. The target is read at the moment at
/// which the last of its channels has got the tick and the answer has not left yet: the engine can do nothing more before the answer.
/// </summary>
public class ConsistentCutTests
{
    private const int Moments = 20;

    [Theory]
    [InlineData("kafka-2.3.5")]
    [InlineData("kafka-2.3.5-restart")]
    public async Task At_ticks_of_a_live_replay_the_target_is_the_source_at_that_tick(string recording)
    {
        var history = RecordedHistory.Read(Replays.Recording(recording));
        await using ReplaySession session = await ReplaySession.StartAsync(
            new ReplayOptions { Recording = Replays.Recording(recording), Pace = ReplayPace.Live }, CancellationToken.None);
        using TargetReader reader = new(session.Target.Address);
        var cuts = new ConcurrentDictionary<ulong, string>();
        ulong looked = 0;
        session.Target.Milvus.Handled = async method =>
        {
            if (method != "ReplicateMessage" || CommonTick(session.Target.Milvus.Snapshot()) is not { } tick || tick <= Volatile.Read(ref looked))
            {
                return;
            }

            Volatile.Write(ref looked, tick);
            TargetContent content = await reader.ReadAsync(CancellationToken.None);
            ComparisonReport report = TableComparer.Compare(history.RowsAt(tick), content.Rows, null, content.Structures);
            cuts[tick] = report.AllEqual ? "" : Replays.Describe(report);
        };

        await session.RunAsync(Replays.Patience, null, CancellationToken.None);

        Assert.True(cuts.Count >= Moments, $"only {cuts.Count} moments were seen");
        Assert.All(cuts, cut => Assert.True(cut.Value.Length == 0, $"at {cut.Key}: {cut.Value}"));
    }

    /// <summary>The tick that all channels in use have got, or null while they differ.</summary>
    private static ulong? CommonTick(TargetSnapshot target)
    {
        ulong[] ticks = [.. target.Databases.Values
            .SelectMany(database => database.Collections.Values)
            .SelectMany(collection => collection.Shards)
            .Select(shard => shard.Tick)
            .Distinct()];
        return ticks is [var common] && common > 0 ? common : null;
    }
}
