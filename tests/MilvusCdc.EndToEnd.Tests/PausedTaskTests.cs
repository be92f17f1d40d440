using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix.Faults;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Target;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>While a task is paused its target stays queryable: ticks of the present go on.</summary>
public class PausedTaskTests
{
    [Fact]
    public async Task Paused_task_then_strong_reads_are_answered_and_nothing_is_doubled_after_the_resume()
    {
        // A real target's clock: a strong read wants a tick of now.
        StandInOptions target = new() { TsoFollowsTicks = false };
        await using FaultScene scene = await FaultScene.StartAsync(seed: 21, serverPath: null, log: null, CancellationToken.None, target);
        await scene.Worker.Api.PauseAsync(scene.TaskId, CancellationToken.None);
        Assert.True((await scene.LookForAsync(report => report.Phase == "Paused", Replays.Patience, CancellationToken.None)).Seen);
        long ticks = scene.Bed.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage");
        using TargetReader reader = new(scene.Bed.Target.Address);
        using CancellationTokenSource patience = new(Replays.Patience);
        long rows = -1;
        for (int read = 0; read < (LongTests.Wanted ? 60 : 10); read++)
        {
            CollectionRows kept = await reader.ReadAsync("default", "kept", patience.Token);

            // The cut stands: what the source does meanwhile is not shown.
            rows = rows < 0 ? kept.Rows.Count : rows;
            Assert.Equal((rows, (long?)rows), ((long)kept.Rows.Count, kept.Count));
            await Task.Delay(500, patience.Token);
        }

        TaskReport paused = await scene.LookAsync(CancellationToken.None);
        Assert.Equal(("Paused", "Paused"), (paused.State, paused.Phase));
        Assert.True(scene.Bed.Target.Milvus.Calls.GetValueOrDefault("ReplicateMessage") > ticks, "no tick came during the pause");
        await scene.ResumeAsync();
        ComparisonReport? report = await scene.CompareAsync(Replays.Patience, CancellationToken.None);

        Assert.NotNull(report);
        Assert.True(report.AllEqual, Replays.Describe(report));
        Assert.Empty(scene.Bed.Target.Milvus.Poisons);
    }
}
