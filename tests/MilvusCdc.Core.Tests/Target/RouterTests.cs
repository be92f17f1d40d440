using System.Collections.Concurrent;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Target;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Core.Tests.Source;
using MilvusCdc.Core.Tests.Timeline;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.Target;

/// <summary>The recorded session's collection <c>tenants</c>, later called <c>renters</c>.</summary>
public class RouterTests
{
    private const long SourceId = 470638326686035164;

    [Fact]
    public void Rows_from_before_a_rename_carry_the_old_name_whatever_the_target_is_called_by_now()
    {
        CatalogHistory history = EtcdRecording.Session.Watched();
        string shard = history.Collection(SourceId)!.VirtualChannels[0];
        TargetCollection target = new() { SourceId = SourceId, Database = "default", Name = "tenants", Id = 7, SourceShards = [shard], Shards = [new TargetShard("t1_7v0", "t1")] };
        Router router = new(new ConcurrentDictionary<long, TargetCollection> { [SourceId] = target }, new NameMap([]), new TaskProgress());
        InsertRequest insert = new()
        {
            Base = new MsgBase { MsgType = MsgType.Insert, MsgID = 1, Timestamp = ApplierBed.BeforeRename },
            ShardName = shard,
            CollectionID = SourceId,
            PartitionID = history.Partitions(SourceId)[0].Id,
            NumRows = 1,
            Timestamps = { ApplierBed.BeforeRename },
            RowIDs = { 1 },
        };
        target.Partitions[insert.PartitionID] = 8;
        RowGroup group = RoundGroups.Of("s1-rootcoord-dml_0", [Messages.Entry(0, insert)]).Single();

        string? sent = router.Find(group, history)?.Patch.CollectionName;
        target.Name = "renters";
        string? sentAgain = router.Find(group, history)?.Patch.CollectionName;

        Assert.Equal(("tenants", "tenants"), (sent, sentAgain));
    }
}
