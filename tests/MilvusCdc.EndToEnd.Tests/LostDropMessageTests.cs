using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Matrix;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.EndToEnd.Tests;

/// <summary>A collection that is dropped in the source's metadata, but whose drop message never comes: its channel, on which nothing ticks any more, must not hold the task for ever.</summary>
public class LostDropMessageTests
{
    [Fact]
    public async Task Drop_message_that_never_comes_then_its_channel_is_left_and_the_task_goes_on()
    {
        LargeLog source = new(new Dictionary<string, string>());
        await using MatrixBed bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = source }, CancellationToken.None);
        await source.PrepareAsync(bed.Etcd.Endpoint, bed.Source, CancellationToken.None);
        await source.CreateAsync("left");
        await source.CreateAsync("right");
        Assert.NotEqual(source.Source.Describe("", "left").Channels, source.Source.Describe("", "right").Channels);
        TaskApi api = bed.Workers[0].Api;
        string task = await api.CreateAsync(bed.Target.Address, CancellationToken.None);
        await source.WriteAsync("left", 1);
        await source.WriteAsync("right", 1);
        await Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Frontier >= source.End);

        source.Source.Faults.LosesDropMessages = true;
        await source.Source.DropCollectionAsync("", "left");
        source.Source.Faults.LosesDropMessages = false;
        await source.PassAsync(TimeSpan.FromMinutes(2));
        await source.WriteAsync("right", 1);
        await source.CreateAsync("third");
        await source.WriteAsync("third", 1);

        await Replays.UntilAsync(async () => (await api.GetAsync(task, CancellationToken.None)).Frontier >= source.End);
        ComparisonReport compared = source.Compare(await bed.ReadTargetAsync(CancellationToken.None));
        Assert.True(compared.AllEqual, Replays.Describe(compared));
        Assert.Empty(bed.Target.Milvus.Poisons);
    }
}
