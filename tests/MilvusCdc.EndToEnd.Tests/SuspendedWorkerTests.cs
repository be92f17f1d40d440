using System.Collections.Concurrent;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Workloads;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A worker that is suspended (SIGSTOP) for longer than its lease, in the middle of something, and wakes up when another has its task.</summary>
public class SuspendedWorkerTests
{
    public static TheoryData<string, bool> Moments => LongTests.Wanted
        ? new() { { WireNames.Inserts, true }, { WireNames.Checkpoint, false }, { WireNames.Checkpoint, true }, { WireNames.Tick, true } }
        : new() { { WireNames.Checkpoint, false } };

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Worker_suspended_longer_than_its_lease_then_another_takes_over_and_the_woken_one_is_fenced(string during, bool done)
    {
        ConcurrentQueue<string> lines = [];
        RandomWorkload workload = new(seed: 31, leastSteps: 0);
        await using MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = workload, Workers = 2, Log = lines.Enqueue }, CancellationToken.None);
        await workload.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        string task = await bed.Workers[0].Api.CreateAsync(bed.Target.Address, CancellationToken.None);
        using CancellationTokenSource stop = new();
        bool more = true;
        Task working = workload.RunAsync((_, _) => ValueTask.FromResult(Volatile.Read(ref more)), stop.Token);
        await Replays.UntilAsync(() => bed.Tap.Ticks > 20);

        int first = -1, left = 3;
        bed.Tap.Observer = seen =>
        {
            if (seen.Names.Contains(during) && seen.Done == done && Interlocked.Decrement(ref left) == 0)
            {
                first = seen.Worker;
                bed.Workers[seen.Worker].Server.Process.Suspend();
            }

            return ValueTask.FromResult(false);
        };
        try
        {
            await Replays.UntilAsync(() => Volatile.Read(ref left) <= 0 && bed.Tap.Owner >= 0 && bed.Tap.Owner != first);
            long taken = bed.Tap.Ticks;
            await Replays.UntilAsync(() => bed.Tap.Ticks > taken + 10);
        }
        finally
        {
            bed.Workers[Math.Max(first, 0)].Server.Process.Continue();
        }

        string fenced = $"w{first + 1} ";
        await Replays.UntilAsync(() => lines.Any(line => line.StartsWith(fenced, StringComparison.Ordinal) && line.Contains("lease", StringComparison.Ordinal) && line.Contains("lost", StringComparison.Ordinal)));
        Volatile.Write(ref more, false);
        await working;
        await Replays.UntilAsync(() => bed.Tap.NewestTick > workload.End);
        TaskReport? report = null;
        using CancellationTokenSource patience = new(Replays.Patience);
        while (report is not { CaughtUp: true } || report.Frontier < workload.End)
        {
            await Task.Delay(50, patience.Token);
            report = await bed.FindTaskAsync(task, patience.Token);
        }

        bed.Tap.Observer = null;
        ComparisonReport compared = workload.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.Empty(bed.Target.Milvus.Poisons);
        Assert.NotEqual(first, bed.Tap.Owner);
        await stop.CancelAsync();
    }
}
