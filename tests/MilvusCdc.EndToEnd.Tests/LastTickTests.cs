using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A worker that dies between a checkpoint and its tick, while the source falls silent for good: what the checkpoint says to be on the target must be visible there all the same.</summary>
public class LastTickTests
{
    [Fact]
    public async Task Worker_dies_before_the_tick_of_the_last_checkpoint_then_the_next_run_sends_it()
    {
        LargeLog source = new(new Dictionary<string, string>());
        await using MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = source }, CancellationToken.None);
        await source.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        await source.CreateAsync("books");
        MatrixWorker worker = bed.Workers[0];
        string task = await worker.Api.CreateAsync(bed.Target.Address, CancellationToken.None);
        await source.WriteAsync("books", 1);
        await Replays.UntilAsync(async () => (await worker.Api.GetAsync(task, CancellationToken.None)) is { CaughtUp: true } report && report.Frontier >= source.End);

        string[] channels = [.. source.Source.ChannelsInUse];
        foreach (string channel in channels)
        {
            source.Source.Faults.Silence(channel, true);
        }

        await Replays.UntilAsync(async () => (await worker.Api.GetAsync(task, CancellationToken.None)).CaughtUp);
        await source.WriteAsync("books", 1);
        ulong last = source.Source.AllocateTimestamp();
        TaskCompletionSource died = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Tap.Observer = async seen =>
        {
            if (died.Task.IsCompleted)
            {
                return true;
            }

            // The tick of an earlier round may still be on its way.
            if (seen.Done || !seen.Names.Contains(WireNames.Tick) || await bed.CheckpointedAsync(task, CancellationToken.None) != last)
            {
                return false;
            }

            await worker.Server.Process.KillNowAsync();
            bed.Tap.Died(seen.Worker);
            died.SetResult();
            return true;
        };
        foreach (string channel in channels)
        {
            source.Source.AppendRaw(channel, new TimeTickMsg { Base = new MsgBase { MsgType = MsgType.TimeTick, Timestamp = last, SourceID = 1 } }.ToByteArray());
        }

        await died.Task.WaitAsync(Replays.Patience);
        bed.Tap.Observer = null;
        await bed.EndLeaseAsync(0, CancellationToken.None);
        await worker.Server.StartAgainAsync(CancellationToken.None);

        await Replays.UntilAsync(async () => await bed.FindTaskAsync(task, CancellationToken.None) is { Phase: "Streaming", CaughtUp: true } report && report.Frontier >= last);
        ComparisonReport compared = source.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.Empty(bed.Target.Milvus.Poisons);
    }
}
