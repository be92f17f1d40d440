using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Tests.Messages;

public class MessageSplitterTests
{
    [Fact]
    public void SplitInsert_then_the_parts_are_small_and_merge_back_to_the_same_rows()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            InsertRequest insert = new SampleMessages(seed).Insert(50 + seed, nullable: seed % 4);
            Envelope whole = Envelope.Scan(insert.ToByteArray());
            IReadOnlyList<ReadOnlySequence<byte>> parts = MessageSplitter.SplitInsert(whole, 8_000, part => 500 + part);
            Assert.True(parts.Count > 2);
            List<Envelope> envelopes = parts.Select(part => Envelope.Scan(part.ToArray())).ToList();
            for (int i = 0; i < envelopes.Count; i++)
            {
                Assert.InRange(parts[i].Length, 1, 8_000);
                Assert.Equal((500L + i, whole.ShardName), (envelopes[i].MsgId, envelopes[i].ShardName));
                Assert.Null(EnvelopeCheck.Verify(envelopes[i]));
            }

            Assert.True(InsertMerger.TryMerge(envelopes, new EnvelopePatch(MsgId: whole.MsgId), out ReadOnlySequence<byte> merged));
            Assert.Equal(insert, InsertRequest.Parser.ParseFrom(merged));
        }
    }

    [Fact]
    public void SplitInsert_of_a_small_message_then_it_stays_whole()
    {
        InsertRequest insert = new SampleMessages(1).Insert(3);
        ReadOnlySequence<byte> part = Assert.Single(MessageSplitter.SplitInsert(Envelope.Scan(insert.ToByteArray()), 1 << 20, _ => insert.Base.MsgID));
        Assert.Equal(insert.ToByteArray(), part.ToArray());
    }

    [Fact]
    public void SplitInsert_of_rows_larger_than_the_limit_then_refused() =>
        Assert.Throws<NotSupportedException>(() => MessageSplitter.SplitInsert(Envelope.Scan(new SampleMessages(1).Insert(3).ToByteArray()), 100, part => part));

    [Fact]
    public void SplitInsert_of_what_it_does_not_know_then_refused()
    {
        InsertRequest insert = new SampleMessages(1).Insert(30, [DataType.FloatVector]);
        insert.Namespace = "n";
        Assert.Throws<NotSupportedException>(() => MessageSplitter.SplitInsert(Envelope.Scan(insert.ToByteArray()), 2_000, part => part));
        insert.RowIDs.Clear();
        Assert.Throws<MalformedMessageException>(() => MessageSplitter.SplitInsert(Envelope.Scan(insert.ToByteArray()), 2_000, part => part));
    }
}
