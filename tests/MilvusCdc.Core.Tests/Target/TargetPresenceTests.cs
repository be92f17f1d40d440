using Microsoft.Extensions.Time.Testing;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;

namespace MilvusCdc.Core.Tests.Target;

public class TargetPresenceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Collection_that_someone_drops_on_the_target_then_the_task_blocks_and_names_it()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();
        FakeTimeProvider time = new();
        await using TargetPresence presence = Begin(bed, time);
        await LooksAsync(bed, time);
        await presence.VerifyAsync(CancellationToken.None);

        TargetCollection collection = Assert.Single(bed.Collections.Values);
        await bed.Client.CallAsync(
            MilvusMethods.DropCollection, new DropCollectionRequest { DbName = collection.Database, CollectionName = collection.Name }, collection.Database, CancellationToken.None);
        ReplicationStoppedException? stopped = null;
        using CancellationTokenSource patience = new(Patience);
        while (stopped is null)
        {
            await LooksAsync(bed, time);
            stopped = await Record.ExceptionAsync(() => presence.VerifyAsync(patience.Token)) as ReplicationStoppedException;
        }

        Assert.Equal(TaskPhase.Blocked, stopped.Phase);
        Assert.Contains($"collection '{collection.Database}.{collection.Name}'", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("is no longer on the target", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collection_that_the_task_has_dropped_itself_then_nothing_is_missed()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();
        FakeTimeProvider time = new();
        await using TargetPresence presence = Begin(bed, time);
        TargetCollection collection = Assert.Single(bed.Collections.Values);
        await bed.Client.CallAsync(
            MilvusMethods.DropCollection, new DropCollectionRequest { DbName = collection.Database, CollectionName = collection.Name }, collection.Database, CancellationToken.None);

        // Missed by a look in between, and marked by the time that the timeline looks closely.
        time.Advance(TargetPresence.Interval);
        collection.Dropped = true;
        await presence.VerifyAsync(CancellationToken.None);
    }

    private static TargetPresence Begin(ApplierBed bed, TimeProvider time) => new(
        new TargetDdl(bed.Client, static () => { }, Polly.ResiliencePipeline.Empty), bed.Collections, bed.Run.Progress, time, CancellationToken.None);

    /// <summary>Until the target was asked once more.</summary>
    private static async Task LooksAsync(ApplierBed bed, FakeTimeProvider time)
    {
        long asked = Asked();
        using CancellationTokenSource patience = new(Patience);
        while (Asked() == asked)
        {
            time.Advance(TargetPresence.Interval);
            await Task.Delay(20, patience.Token);
        }

        long Asked() => bed.Target.Milvus.Calls.GetValueOrDefault("ShowCollections");
    }
}
