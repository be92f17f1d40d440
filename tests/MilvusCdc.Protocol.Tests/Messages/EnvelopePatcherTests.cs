using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Tests.Messages;

public class EnvelopePatcherTests
{
    private static readonly EnvelopePatch _everything =
        new("target-rootcoord-dml_1_77v1", "default", "books", "_default_3", CollectionId: 77, PartitionId: 78, MsgId: long.MaxValue);

    [Fact]
    public void Patch_of_every_recorded_message_then_only_the_named_fields_differ()
    {
        foreach (byte[] value in RecordedMessages.WithoutTicks)
        {
            Envelope envelope = Envelope.Scan(value);
            byte[] patched = EnvelopePatcher.Patch(envelope, _everything).ToArray();
            IMessage expected = Parse(envelope.Type, value);
            Set(expected, _everything);
            Assert.Equal(expected, Parse(envelope.Type, patched));
            Assert.Equal(_everything.MsgId, Envelope.Scan(patched).MsgId);
        }
    }

    [Fact]
    public void Patch_with_nothing_then_the_message_itself() =>
        Assert.All(RecordedMessages.WithoutTicks, value => Assert.Equal(value, EnvelopePatcher.Patch(Envelope.Scan(value), new EnvelopePatch()).ToArray()));

    [Fact]
    public void Patch_with_what_is_there_already_then_the_same_bytes()
    {
        foreach (byte[] value in RecordedMessages.WithoutTicks)
        {
            Envelope e = Envelope.Scan(value);
            EnvelopePatch same = new(e.ShardName, e.DbName, e.CollectionName, e.PartitionName, e.CollectionId, e.PartitionId, e.MsgId);
            Assert.Equal(value, EnvelopePatcher.Patch(e, same).ToArray());
        }
    }

    [Fact]
    public void Patch_with_zero_then_the_fields_are_gone()
    {
        Envelope envelope = Envelope.Scan(new SampleMessages(3).Delete(2, textKeys: true).ToByteArray());
        Envelope patched = Envelope.Scan(EnvelopePatcher.Patch(envelope, new EnvelopePatch("", "", "", "", 0, 0, 0)).ToArray());
        Assert.Equal(("", "", 0L, 0L, 0L), (patched.ShardName, patched.CollectionName, patched.CollectionId, patched.PartitionId, patched.MsgId));
        Assert.Equal(2, patched.RowCount);
    }

    [Fact]
    public void Patch_of_a_large_insert_then_its_columns_are_referred_to()
    {
        byte[] message = new SampleMessages(4).Insert(5_000).ToByteArray();
        ReadOnlySequence<byte> patched = EnvelopePatcher.Patch(Envelope.Scan(message), _everything);
        int referred = 0;
        foreach (ReadOnlyMemory<byte> piece in patched)
        {
            referred += new ReadOnlySpan<byte>(message).Overlaps(piece.Span) ? piece.Length : 0;
        }

        Assert.True(referred > message.Length - 400, $"{referred} of {message.Length} bytes");
    }

    [Fact]
    public void Patch_of_any_message_then_the_named_fields_change_and_no_other_byte() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), PatchChangesOnlyWhatItNames).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    private static void PatchChangesOnlyWhatItNames(int seed)
    {
        RandomEnvelope random = new(seed);
        byte[] message = random.Message();
        EnvelopePatch patch = random.Patch();
        Envelope envelope = Envelope.Scan(message);
        byte[] patched = EnvelopePatcher.Patch(envelope, patch).ToArray();

        // By parsing: the same message with the same fields set.
        IMessage expected = Parse(envelope.Type, message);
        Set(expected, patch);
        Assert.Equal(expected, Parse(envelope.Type, patched));

        // By bytes: what is not named is there, in the same order; what is named is there once, or not at all when zero.
        HashSet<int> named = RandomEnvelope.Named(envelope.Type, patch);
        List<WireField> before = WireFields.Split(message);
        List<WireField> after = WireFields.Split(patched);
        Assert.Equal(Others(before, named), Others(after, named));
        Assert.All(named, number => Assert.InRange(after.Count(field => field.Number == number), 0, 1));

        List<WireField> basesBefore = before.FindAll(field => field.Number == 1);
        List<WireField> basesAfter = after.FindAll(field => field.Number == 1);
        Assert.Equal(basesBefore.Count, basesAfter.Count);
        HashSet<int> inBase = patch.MsgId is null ? [] : [2];
        for (int i = 0; i < basesBefore.Count; i++)
        {
            Assert.Equal(Others(WireFields.Split(basesBefore[i].Payload), inBase), Others(WireFields.Split(basesAfter[i].Payload), inBase));
        }
    }

    private static string Others(List<WireField> fields, HashSet<int> named) =>
        string.Join("\n", fields.Where(field => !named.Contains(field.Number)).Select(field => field.Raw[0] == 0x0A ? "base" : field.ToString()));

    private static IMessage Parse(MsgType type, byte[] value) => type switch
    {
        MsgType.Insert => InsertRequest.Parser.ParseFrom(value),
        MsgType.Delete => DeleteRequest.Parser.ParseFrom(value),
        MsgType.CreateCollection => CreateCollectionRequest.Parser.ParseFrom(value),
        MsgType.DropCollection => DropCollectionRequest.Parser.ParseFrom(value),
        MsgType.DropPartition => DropPartitionRequest.Parser.ParseFrom(value),
        _ => TimeTickMsg.Parser.ParseFrom(value),
    };

    private static void Set(IMessage message, EnvelopePatch patch)
    {
        Put(message, patch.ShardName, "shardName");
        Put(message, patch.DbName, "db_name");
        Put(message, patch.CollectionName, "collection_name", "collectionName");
        Put(message, patch.PartitionName, "partition_name", "partitionName");
        Put(message, patch.CollectionId, "collectionID");
        Put(message, patch.PartitionId, "partitionID");
        Put((IMessage)message.Descriptor.FindFieldByName("base").Accessor.GetValue(message), patch.MsgId, "msgID");
    }

    private static void Put(IMessage message, object? value, params string[] names)
    {
        foreach (string name in names)
        {
            if (value is not null)
            {
                message.Descriptor.FindFieldByName(name)?.Accessor.SetValue(message, value);
            }
        }
    }
}
