using Google.Protobuf;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Sandbox.Target;
using DeleteRequest = MilvusCdc.Protocol.Milvus.Msg.DeleteRequest;
using DropCollectionRequest = MilvusCdc.Protocol.Milvus.Msg.DropCollectionRequest;
using InsertRequest = MilvusCdc.Protocol.Milvus.Msg.InsertRequest;

namespace MilvusCdc.Sandbox.Tests.Target;

/// <summary>What would kill or poison a real server fails loudly here (target-behaviour.md 0.C, 0.D).</summary>
public class PoisonTests
{
    private static readonly Dictionary<string, (PoisonKind Kind, bool Deadly, Action<InsertRequest> Change)> Inserts = new()
    {
        ["no shard name"] = (PoisonKind.EmptyShardName, true, i => i.ShardName = ""),
        ["unknown shard"] = (PoisonKind.UnknownShard, false, i => i.ShardName += "9"),
        ["unknown partition"] = (PoisonKind.UnknownId, false, i => i.PartitionID = 777),
        ["num_rows too big"] = (PoisonKind.MalformedInsert, true, i => i.NumRows++),
        ["no timestamps"] = (PoisonKind.MalformedInsert, true, i => i.Timestamps.Clear()),
        ["no row ids"] = (PoisonKind.MalformedInsert, true, i => i.RowIDs.Clear()),
        ["row based"] = (PoisonKind.MalformedInsert, true, i => i.Version = InsertDataVersion.RowBased),
        ["missing column"] = (PoisonKind.MalformedInsert, true, i => i.FieldsData.RemoveAt(2)),
        ["short column"] = (PoisonKind.MalformedInsert, true, i => i.FieldsData[1].Scalars.LongData.Data.RemoveAt(0)),
        ["unknown column"] = (PoisonKind.MalformedInsert, true, i => i.FieldsData[1].FieldId = 199),
        ["field id 0"] = (PoisonKind.MalformedInsert, true, i => i.FieldsData[1].FieldId = 0),
    };

    private static readonly Dictionary<string, (PoisonKind Kind, Action<DeleteRequest> Change)> Deletes = new()
    {
        ["no timestamps"] = (PoisonKind.MalformedDelete, d => d.Timestamps.Clear()),
        ["num_rows"] = (PoisonKind.IgnoredDelete, d => d.NumRows = 5),
        ["unknown shard"] = (PoisonKind.UnknownShard, d => d.ShardName = "zzz"),
        ["unknown collection"] = (PoisonKind.UnknownId, d => d.CollectionID = 5),
        ["partition 0"] = (PoisonKind.UnknownId, d => d.PartitionID = 0),
    };

    public static TheoryData<string> InsertCases => new(Inserts.Keys);

    public static TheoryData<string> DeleteCases => new(Deletes.Keys);

    [Theory]
    [MemberData(nameof(InsertCases))]
    public async Task A_bad_insert_is_recorded_and_the_server_is_dead_until_restart(string name)
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        InsertRequest insert = driver.Insert(c, 10, 1, [1L, 2L]);
        (PoisonKind kind, bool deadly, Action<InsertRequest> change) = Inserts[name];
        change(insert);
        List<Poison> raised = [];
        milvus.Poisoned += (_, poison) => raised.Add(poison);

        GrpcException atOnce = await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(5), insert));
        GrpcException later = await Assert.ThrowsAsync<GrpcException>(() => driver.DescribeAsync("c"));

        Assert.Equal((GrpcStatus.Unavailable, GrpcStatus.Unavailable), (atOnce.Status, later.Status));
        Poison poison = Assert.Single(milvus.Poisons);
        Assert.Equal((kind, 1, deadly), (poison.Kind, poison.Element, poison.Deadly));
        Assert.Equal(poison, Assert.Single(raised));
        Assert.True(milvus.IsDead);
        milvus.Restart();
        Assert.Equal("c", (await driver.DescribeAsync("c")).CollectionName);
    }

    [Theory]
    [MemberData(nameof(DeleteCases))]
    public async Task A_bad_delete_is_recorded_and_fails_the_call(string name)
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        DeleteRequest delete = driver.Delete(c, 10, [1L]);
        Deletes[name].Change(delete);

        await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync(c.PhysicalChannelNames[0], delete));

        Assert.Equal(Deletes[name].Kind, Assert.Single(milvus.Poisons).Kind);
    }

    [Fact]
    public async Task A_shard_on_the_channel_of_another_and_a_channel_of_nobody_are_poison()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync("c", 2);

        await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync(c.PhysicalChannelNames[1], driver.Insert(c, 10, 1, [1L])));
        milvus.Restart();
        await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync("t1-rootcoord-dml_99", TargetDriver.Tick(10)));

        Assert.Equal([PoisonKind.ShardOnOtherChannel, PoisonKind.UnknownChannel], milvus.Poisons.Select(p => p.Kind));
    }

    [Fact]
    public async Task One_message_id_for_two_messages_in_a_window_is_poison_at_the_tick()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        await driver.ReplicateAsync(c.PhysicalChannelNames[0], driver.Insert(c, 10, 1, [1L], messageId: 5), driver.Insert(c, 11, 1, [2L], messageId: 5));

        await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync(c.PhysicalChannelNames[0], TargetDriver.Tick(20)));

        Assert.Equal(PoisonKind.MessageIdReused, Assert.Single(milvus.Poisons).Kind);
    }

    [Fact]
    public async Task Drop_is_finished_by_the_forwarded_message_and_poison_before_the_call()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        DescribeCollectionResponse c = await driver.ReadyAsync();
        string channel = c.PhysicalChannelNames[0];
        DropCollectionRequest message = new() { Base = new MsgBase { MsgType = MsgType.DropCollection, Timestamp = 20 }, CollectionID = c.CollectionID };
        await driver.DoAsync("DropCollection", new Protocol.Milvus.Api.DropCollectionRequest { CollectionName = "c" });
        Assert.Equal(c.VirtualChannelNames, milvus.Snapshot().UnfinishedDrops);
        await driver.ReplicateAsync(channel, driver.Insert(c, 15, 1, [1L]), message, TargetDriver.Tick(20));
        Assert.Empty(milvus.Snapshot().UnfinishedDrops);

        DescribeCollectionResponse d = await driver.ReadyAsync("d");
        message.CollectionID = d.CollectionID;
        await Assert.ThrowsAsync<GrpcException>(() => driver.SendAsync(d.PhysicalChannelNames[0], message));

        Assert.Equal(PoisonKind.DropBeforeCall, Assert.Single(milvus.Poisons).Kind);
    }

    [Fact]
    public async Task Faults_fail_delay_and_lose_calls_and_calls_are_counted()
    {
        StandInMilvus milvus = new();
        TargetDriver driver = new(milvus);
        milvus.Faults.Fail("GetVersion", new GrpcException(GrpcStatus.DeadlineExceeded, "late"), 2);
        milvus.Faults.Fail("DescribeCollection", new Sandbox.Target.Wire.RefusalException(65535, ErrorCode.UnexpectedError, "not now"));

        await Assert.ThrowsAsync<GrpcException>(() => VersionAsync());
        await Assert.ThrowsAsync<GrpcException>(() => VersionAsync());
        Assert.Equal("v2.3.5", (await VersionAsync()).Version);
        Assert.Equal("not now", (await driver.DescribeAsync("c")).Status.Reason);
        milvus.Faults.LoseAnswers = true;
        await Assert.ThrowsAsync<GrpcException>(() => driver.CreateAsync("c"));
        milvus.Faults.LoseAnswers = false;

        Assert.Equal(0, (await driver.DescribeAsync("c")).Status.Code);
        Assert.Equal(3, milvus.Calls["GetVersion"]);

        Task<GetVersionResponse> VersionAsync() => driver.CallAsync<GetVersionResponse>("GetVersion", new GetVersionRequest());
    }
}
