using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Tests.Target;

/// <summary>Operations that the recorded sessions do not hold, before the target stand-in.</summary>
public class OperationApplierTests
{
    [Fact]
    public async Task A_name_of_its_own_time_reaches_the_collection_under_its_present_name()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();

        await bed.ApplyAsync(MsgType.LoadCollection, new LoadCollectionRequest { DbName = "default", CollectionName = "tenants", ReplicaNumber = 1 });

        Assert.NotEqual(LoadState.NotLoad, bed.Renters.Load);
    }

    [Fact]
    public async Task Partitions_are_loaded_and_released()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();

        await bed.ApplyAsync(MsgType.LoadPartitions, new LoadPartitionsRequest { CollectionName = "tenants", PartitionNames = { "p" }, ReplicaNumber = 1 });
        Assert.Equal(["p"], Loaded(bed));

        await bed.ApplyAsync(MsgType.ReleasePartitions, new ReleasePartitionsRequest { CollectionName = "tenants", PartitionNames = { "p" } });
        Assert.Empty(Loaded(bed));
    }

    [Fact]
    public async Task An_index_named_by_its_field_only_is_the_one_that_is_dropped()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();
        await bed.IndexAsync("n", "n_idx");

        await bed.ApplyAsync(MsgType.DropIndex, new DropIndexRequest { CollectionName = "tenants", FieldName = "n" });

        Assert.Equal(["v_idx"], bed.Renters.Indexes.Select(index => index.Name));
    }

    [Fact]
    public async Task An_index_of_a_loaded_collection_is_dropped_after_a_release()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();
        await bed.CallAsync(MilvusMethods.LoadCollection, new LoadCollectionRequest { CollectionName = "renters", ReplicaNumber = 1 });

        await bed.ApplyAsync(MsgType.DropIndex, new DropIndexRequest { CollectionName = "tenants", IndexName = "v_idx" });

        Assert.Empty(bed.Renters.Indexes);
        Assert.Equal(1, bed.Run.Progress.Notices["collection released before the drop of an index"]);
    }

    [Fact]
    public async Task An_operation_on_a_collection_that_nobody_knows_is_counted()
    {
        await using ApplierBed bed = await ApplierBed.StartAsync();

        await bed.ApplyAsync(MsgType.LoadCollection, new LoadCollectionRequest { CollectionName = "never" });

        Assert.Equal(1, bed.Run.Progress.Notices["LoadCollection of a collection that the source no longer knows"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Users_and_roles_are_replicated_only_when_asked_for_and_twice_is_once(bool wanted)
    {
        await using ApplierBed bed = await ApplierBed.StartAsync(new TaskPolicies { ReplicateUsersAndRoles = wanted });
        var role = new CreateRoleRequest { Entity = new RoleEntity { Name = "reader" } };

        await bed.ApplyAsync(MsgType.CreateRole, role, timestamp: 0);
        await bed.ApplyAsync(MsgType.CreateRole, role, timestamp: 0);

        Assert.Equal(wanted, bed.Target.Milvus.Snapshot().Roles.ContainsKey("reader"));
        Assert.Equal(wanted ? 1 : 2, bed.Run.Progress.Notices[wanted ? "CreateRole was already done" : "CreateRole ignored"]);
    }

    [Fact]
    public async Task An_operation_of_unknown_type_stops_the_task_or_is_counted_as_its_policy_says()
    {
        await using ApplierBed blocking = await ApplierBed.StartAsync();
        var stopped = await Assert.ThrowsAsync<ReplicationStoppedException>(() => blocking.ApplyAsync((MsgType)9999, new MsgHeader()));
        Assert.Equal(TaskPhase.Blocked, stopped.Phase);
        Assert.Contains("type 9999", stopped.Message, StringComparison.Ordinal);

        await using ApplierBed ignoring = await ApplierBed.StartAsync(new TaskPolicies { Unsupported = UnsupportedPolicy.Ignore });
        await ignoring.ApplyAsync((MsgType)9999, new MsgHeader());
        Assert.Equal(1, ignoring.Run.Progress.Notices["operation of type 9999 ignored"]);
    }

    [Fact]
    public void A_replayed_request_keeps_what_it_says_and_is_marked_as_replicated()
    {
        var collection = new TargetCollection { SourceId = 1, Database = "store", Name = "novels", Id = 2, SourceShards = [], Shards = [] };
        var source = new AlterIndexRequest
        {
            Base = new MsgBase { MsgType = MsgType.AlterIndex, MsgID = 7, Timestamp = 5 },
            DbName = "shop",
            CollectionName = "books",
            IndexName = "v_idx",
            ExtraParams = { new KeyValuePair { Key = "mmap.enabled", Value = "true" } },
        };

        AlterIndexRequest replayed = TargetDdl.Replay(source, collection, 5);

        Assert.Equal(("store", "novels", "v_idx"), (replayed.DbName, replayed.CollectionName, replayed.IndexName));
        Assert.Equal(source.ExtraParams, replayed.ExtraParams);
        Assert.Equal((7L, true, 5UL), (replayed.Base.MsgID, replayed.Base.ReplicateInfo.IsReplicate, replayed.Base.ReplicateInfo.MsgTimestamp));
        Assert.Equal(("shop", "books"), (source.DbName, source.CollectionName));
    }

    private static IEnumerable<string> Loaded(ApplierBed bed) => bed.Renters.Partitions.Where(partition => partition.Loaded).Select(partition => partition.Name);
}
