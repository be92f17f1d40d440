using System.Buffers;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Timeline;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Core.Tests.Timeline;

public class RoundGroupsTests
{
    [Fact]
    public void Inserts_of_one_shard_and_partition_become_one_element_with_the_first_messages_id()
    {
        List<RowGroup> groups = RoundGroups.Of("p0", [Messages.Insert(1, 10), Messages.Insert(2, 20), Messages.Insert(3, 30, partition: 11), Messages.Insert(4, 40)]);

        Assert.Equal(2, groups.Count);
        ReadOnlySequence<byte> element = Assert.Single(groups[0].Elements(EnvelopePatch.None));
        InsertRequest merged = InsertRequest.Parser.ParseFrom(element);
        Assert.Equal([1L, 2, 4], merged.RowIDs);
        Assert.Equal([Messages.At(10), Messages.At(20), Messages.At(40)], merged.Timestamps);
        Assert.Equal(1001, merged.Base.MsgID);
        Assert.Equal((Messages.At(10), Messages.At(40), 3L), (groups[0].First, groups[0].Last, groups[0].Rows));
    }

    [Fact]
    public void Inserts_and_deletes_are_kept_apart_and_drops_stand_alone()
    {
        List<RowGroup> groups = RoundGroups.Of("p0", [Messages.Insert(1, 10), Messages.Delete(2, 10), Messages.DropCollection(3, 50), Messages.Delete(4, 20)]);

        Assert.Equal([MsgType.Insert, MsgType.Delete, MsgType.DropCollection], groups.Select(group => group.Kind));
        Assert.Equal(2, groups[1].Entries.Count);
    }

    [Fact]
    public void What_the_log_holds_twice_is_taken_once()
    {
        List<RowGroup> groups = RoundGroups.Of("p0", [Messages.Insert(1, 10), Messages.Insert(2, 20), Messages.Insert(1, 10), Messages.Delete(3, 30), Messages.Delete(3, 30)]);

        Assert.Equal([2L, 1], groups.Select(group => group.Rows));
    }

    [Fact]
    public void Collections_and_shards_are_kept_apart()
    {
        List<RowGroup> groups = RoundGroups.Of("p0", [Messages.Insert(1, 10), Messages.Insert(2, 10, collection: 2, shard: "p0_2v0"), Messages.Insert(3, 10, shard: "p0_1v1")]);

        Assert.Equal(3, groups.Count);
    }

    [Fact]
    public void A_full_group_is_followed_by_another_that_the_same_log_always_cuts_the_same()
    {
        LogEntry[] entries = [.. Enumerable.Range(1, 9000).Select(i => Messages.Insert(i, 10))];

        List<RowGroup> once = RoundGroups.Of("p0", entries);
        List<RowGroup> again = RoundGroups.Of("p0", entries);

        Assert.True(once.Count > 1);
        Assert.Equal(9000, once.Sum(group => group.Rows));
        Assert.Equal(once.Select(Bytes), again.Select(Bytes));
    }

    private static string Bytes(RowGroup group) => string.Concat(group.Elements(EnvelopePatch.None).Select(element => Convert.ToHexString(element.ToArray())));
}
