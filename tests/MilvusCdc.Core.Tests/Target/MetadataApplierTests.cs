using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Etcd;

namespace MilvusCdc.Core.Tests.Target;

/// <summary>Changes that a source tells in its metadata only, by the task's policy.</summary>
public class MetadataApplierTests
{
    [Fact]
    public async Task Policy_replicate_does_it_and_twice_is_once()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();
        MetadataApplier applier = Applier(bed);

        await applier.EnsureAliasAsync(bed.Collections.Values.Single(), "live", 5, CancellationToken.None);
        await applier.EnsureAliasAsync(bed.Collections.Values.Single(), "live", 5, CancellationToken.None);
        Assert.Equal(["live"], bed.Renters.Aliases);

        await applier.EnsureNoAliasAsync(bed.Collections.Values.Single(), "live", 6, CancellationToken.None);
        await applier.EnsureNoAliasAsync(bed.Collections.Values.Single(), "live", 6, CancellationToken.None);
        Assert.Empty(bed.Renters.Aliases);
    }

    [Fact]
    public async Task Policy_ignore_counts_it()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync(new TaskPolicies { Metadata = MetadataPolicy.Ignore });

        await Applier(bed).EnsureAliasAsync(bed.Collections.Values.Single(), "live", 5, CancellationToken.None);

        Assert.Empty(bed.Renters.Aliases);
        Assert.Equal(1, bed.Run.Progress.Notices["alias ignored"]);
    }

    [Fact]
    public async Task Policy_block_stops_the_task_and_says_what_to_do()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync(new TaskPolicies { Metadata = MetadataPolicy.Block });

        var stopped = await Assert.ThrowsAsync<ReplicationStoppedException>(
            () => Applier(bed).EnsureAliasAsync(bed.Collections.Values.Single(), "live", 5, CancellationToken.None));

        Assert.Equal(TaskPhase.Blocked, stopped.Phase);
        Assert.Contains("'default.renters'", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("'replicate' or 'ignore'", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Properties_that_changed_are_set_and_those_that_went_are_counted()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();

        await Applier(bed).SetPropertiesAsync(
            bed.Collections.Values.Single(),
            new Dictionary<string, string> { ["a"] = "1", ["gone"] = "1" },
            new Dictionary<string, string> { ["a"] = "1", ["collection.ttl.seconds"] = "60" },
            5,
            CancellationToken.None);

        Assert.Equal("60", bed.Renters.Properties["collection.ttl.seconds"]);
        Assert.Equal(1, bed.Run.Progress.Notices["removal of a collection property ignored"]);
    }

    private static MetadataApplier Applier(ApplierBed bed) => new(
        new TargetDdl(bed.Client, static () => { }, Polly.ResiliencePipeline.Empty),
        bed.Run,
        new NameMap([]),
        new CheckpointStore(new EtcdClient(new EtcdOptions { Endpoints = ["127.0.0.1:1"] }, TimeProvider.System), new MetaKeys("cdc")));
}
