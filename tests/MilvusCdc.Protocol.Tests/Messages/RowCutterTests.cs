using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Tests.Messages;

public class RowCutterTests
{
    [Fact]
    public void Cut_of_an_insert_then_the_parts_merge_back_to_the_same_rows()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            InsertRequest insert = new SampleMessages(seed).Insert(20 + seed, nullable: seed % 4);
            Envelope whole = Envelope.Scan(insert.ToByteArray());
            Assert.True(RowCutter.CanCut(whole));
            long middle = 1 + (seed % 19);

            Envelope[] parts = [Part(whole, 0, middle, -1), Part(whole, middle, whole.RowCount, -2)];

            Assert.All(parts, part => Assert.Null(EnvelopeCheck.Verify(part)));
            Assert.Equal([-1L, -2], parts.Select(part => part.MsgId));
            Assert.True(InsertMerger.TryMerge(parts, new EnvelopePatch(MsgId: whole.MsgId), out ReadOnlySequence<byte> merged));
            Assert.Equal(insert, InsertRequest.Parser.ParseFrom(merged));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_of_a_delete_then_the_parts_have_its_keys_and_timestamps(bool textKeys)
    {
        DeleteRequest delete = new SampleMessages(3).Delete(9, textKeys);
        Envelope whole = Envelope.Scan(delete.ToByteArray());
        Assert.True(RowCutter.CanCut(whole));

        Envelope[] parts = [Part(whole, 0, 4, -1), Part(whole, 4, 9, -2)];

        Assert.All(parts, part => Assert.Null(EnvelopeCheck.Verify(part)));
        Assert.True(DeleteMerger.TryMerge(parts, new EnvelopePatch(MsgId: whole.MsgId), out ReadOnlySequence<byte> merged));
        Assert.Equal(delete, DeleteRequest.Parser.ParseFrom(merged));
    }

    [Fact]
    public void Cut_puts_new_names_and_ids_outside()
    {
        Envelope whole = Envelope.Scan(new SampleMessages(1).Insert(5).ToByteArray());

        Envelope part = Envelope.Scan(RowCutter.Cut(whole, 2, 3, -5, new EnvelopePatch { ShardName = "t_1v0", CollectionId = 7 }).ToArray());

        Assert.Equal((-5L, "t_1v0", 7L, 1L), (part.MsgId, part.ShardName, part.CollectionId, part.RowCount));
    }

    [Fact]
    public void CanCut_of_one_row_or_of_what_is_not_known_then_false()
    {
        InsertRequest insert = new SampleMessages(1).Insert(3, [DataType.FloatVector]);
        Assert.False(RowCutter.CanCut(Envelope.Scan(new SampleMessages(1).Insert(1).ToByteArray())));
        insert.Namespace = "n";
        Envelope unknown = Envelope.Scan(insert.ToByteArray());
        Assert.False(RowCutter.CanCut(unknown));
        Assert.Throws<NotSupportedException>(() => RowCutter.Cut(unknown, 0, 1, -1));
    }

    private static Envelope Part(Envelope whole, long from, long to, long msgId) => Envelope.Scan(RowCutter.Cut(whole, from, to, msgId).ToArray());
}
