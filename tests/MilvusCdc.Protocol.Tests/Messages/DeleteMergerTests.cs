using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Tests.Messages;

public class DeleteMergerTests
{
    private static readonly EnvelopePatch _patch = new("target-dml_0_9v0", CollectionId: 9, PartitionId: 10, MsgId: 11);

    public static TheoryData<string, Action<DeleteRequest>> Mismatches { get; } = new()
    {
        { "type of message", d => d.Base.MsgType = MsgType.Flush },
        { "shard", d => d.ShardName = "other" },
        { "collection", d => d.CollectionID++ },
        { "partition", d => d.PartitionID++ },
        { "segment", d => d.SegmentId = 4 },
        { "kind of key", d => d.PrimaryKeys = new SampleMessages(1).Delete((int)d.NumRows, textKeys: true).PrimaryKeys },
        { "old keys", d => d.Int64PrimaryKeys.Add(d.PrimaryKeys.IntId.Data) },
        { "counts", d => d.NumRows++ },
        { "no rows", d => d.MergeFrom(Empty(d)) },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryMerge_then_keys_and_timestamps_follow_each_other(bool textKeys)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            List<DeleteRequest> parts = [new SampleMessages(seed).Delete(3, textKeys), new SampleMessages(seed + 100).Delete(1 + (seed * 3), textKeys)];
            List<Envelope> envelopes = parts.ConvertAll(part => Envelope.Scan(part.ToByteArray()));
            Assert.True(DeleteMerger.TryMerge(envelopes, _patch, out ReadOnlySequence<byte> merged));

            DeleteRequest expected = parts[0].Clone();
            expected.Base.Timestamp = parts.Max(part => part.Timestamps.Max());
            expected.Base.MsgID = 11;
            (expected.ShardName, expected.CollectionID, expected.PartitionID) = (_patch.ShardName, 9, 10);
            expected.NumRows += parts[1].NumRows;
            expected.Timestamps.Add(parts[1].Timestamps);
            expected.PrimaryKeys.MergeFrom(parts[1].PrimaryKeys);
            Assert.Equal(expected, DeleteRequest.Parser.ParseFrom(merged));
            Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(merged.ToArray())));
        }
    }

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void TryMerge_of_messages_that_do_not_fit_then_false(string what, Action<DeleteRequest> spoil)
    {
        DeleteRequest second = new SampleMessages(2).Delete(3, textKeys: false);
        spoil(second);
        Envelope fits = Envelope.Scan(new SampleMessages(1).Delete(2, textKeys: false).ToByteArray());
        Envelope other = Envelope.Scan(second.ToByteArray());
        Assert.False(DeleteMerger.TryMerge([fits, other], _patch, out _), what);
        Assert.False(DeleteMerger.TryMerge([other, fits], _patch, out _), what);
    }

    [Fact]
    public void TryMerge_of_nothing_then_false() => Assert.False(DeleteMerger.TryMerge([], _patch, out _));

    private static DeleteRequest Empty(DeleteRequest delete)
    {
        delete.NumRows = 0;
        delete.Timestamps.Clear();
        delete.PrimaryKeys.IntId.Data.Clear();
        return new DeleteRequest();
    }
}
