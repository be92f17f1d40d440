using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;

namespace MilvusCdc.Protocol.Tests.Messages;

public class EnvelopeScanTests
{
    private const string GoldenDelete =
        "0a190891031095bdb885f388fb97061885808080daf2cf97062001122b62792d6465762d726f6f74636f6f72642d646d6c5f305f34343538333436373836333631313930363076302204"
        + "64656d6f389488a085f388fb970640ffffffffffffffffff01521b85808080daf2cf970685808080daf2cf970685808080daf2cf970658036207" + "0a050a03010203";

    [Fact]
    public void Scan_of_every_recorded_message_then_it_says_what_the_parser_says()
    {
        HashSet<MsgType> types = [];
        foreach (byte[] value in RecordedMessages.WithoutTicks)
        {
            Envelope envelope = Envelope.Scan(value);
            types.Add(envelope.Type);
            MsgBase header = TimeTickMsg.Parser.ParseFrom(value).Base;
            Assert.Equal((header.MsgType, header.MsgID, header.Timestamp, header.SourceID), (envelope.Type, envelope.MsgId, envelope.BaseTimestamp, envelope.SourceId));
            Assert.Equal(Expected(header.MsgType, value), Actual(envelope));
            Assert.True(envelope.IsPlain || envelope.Type is not (MsgType.Insert or MsgType.Delete), "Recorded rows must be such that they can be merged.");
        }

        Assert.All([MsgType.Insert, MsgType.Delete, MsgType.CreateCollection, MsgType.DropCollection, MsgType.DropPartition, MsgType.CreateIndex], type => Assert.Contains(type, types));
    }

    [Fact]
    public void Scan_of_every_recorded_tick_then_it_has_the_header_only()
    {
        int ticks = 0;
        foreach (byte[] value in RecordedMessages.All)
        {
            Envelope envelope = Envelope.Scan(value);
            if (envelope.Type == MsgType.TimeTick)
            {
                ticks++;
                Assert.Equal(TimeTickMsg.Parser.ParseFrom(value).Base.Timestamp, envelope.MaxTimestamp);
                Assert.Equal(value, TickMessage.Create(envelope.BaseTimestamp, envelope.SourceId));
            }
        }

        Assert.True(ticks > 10_000);
    }

    [Fact]
    public void Scan_of_the_golden_delete_then_all_values_are_read()
    {
        Envelope envelope = Envelope.Scan(Convert.FromHexString(GoldenDelete));
        Assert.Equal(445834678636519061, envelope.MsgId);
        Assert.Equal("by-dev-rootcoord-dml_0_445834678636119060v0", envelope.ShardName);
        Assert.Equal("demo", envelope.CollectionName);
        Assert.Equal("", envelope.PartitionName);
        Assert.Equal(-1, envelope.PartitionId);
        Assert.Equal(3, envelope.RowCount);
        Assert.Equal(445644800000000005UL, envelope.MinTimestamp);
        Assert.Null(EnvelopeCheck.Verify(envelope));
    }

    [Fact]
    public void Row_timestamps_that_differ_then_smallest_and_largest_are_found()
    {
        InsertRequest insert = new SampleMessages(1).Insert(3);
        insert.Base.Timestamp = 0;
        insert.Timestamps[1] -= 7;
        insert.Timestamps[2] += 1 << 20;
        Envelope envelope = Envelope.Scan(insert.ToByteArray());
        Assert.Equal((insert.Timestamps[1], insert.Timestamps[2]), (envelope.MinTimestamp, envelope.MaxTimestamp));
        Assert.Equal(3, envelope.TimestampCount);
    }

    [Fact]
    public void An_old_delete_with_only_int64_keys_then_these_are_its_rows()
    {
        DeleteRequest delete = new SampleMessages(2).Delete(2, textKeys: false);
        delete.PrimaryKeys = null;
        delete.NumRows = 0;
        delete.Int64PrimaryKeys.Add([5, -6]);
        Envelope envelope = Envelope.Scan(delete.ToByteArray());
        Assert.Equal(2, envelope.RowCount);
        Assert.Null(EnvelopeCheck.Verify(envelope));
    }

    [Fact]
    public void An_unknown_type_then_only_the_header_is_read()
    {
        byte[] value = WireFields.Join(
        [
            WireFields.Bytes(1, new MsgBase { MsgType = (MsgType)7777, Timestamp = 9 }.ToByteArray()), WireFields.Number(2, 5), WireFields.Bytes(7, [0xFF]),
        ]);
        Envelope envelope = Envelope.Scan(value);
        Assert.Equal(((MsgType)7777, 9UL, "", 0L), (envelope.Type, envelope.MaxTimestamp, envelope.ShardName, envelope.CollectionId));
        Assert.Null(EnvelopeCheck.Verify(envelope));
    }

    [Fact]
    public void A_base_in_two_parts_behind_other_fields_then_it_is_merged_as_parsers_do()
    {
        byte[] value = WireFields.Join(
        [
            WireFields.Bytes(2, "shard"u8.ToArray()), WireFields.Bytes(1, new MsgBase { MsgType = MsgType.DropCollection, MsgID = 4 }.ToByteArray()),
            WireFields.Bytes(1, new MsgBase { MsgType = MsgType.Delete }.ToByteArray()), WireFields.Bytes(2, "last"u8.ToArray()),
        ]);
        Envelope envelope = Envelope.Scan(value);
        Assert.Equal((MsgType.Delete, 4L, "last", false), (envelope.Type, envelope.MsgId, envelope.ShardName, envelope.IsPlain));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("1200", "no base")]
    [InlineData("0a05089003", "announces 5 bytes, 3 are left")]
    [InlineData("0a0308900310", "ends inside a number")]
    [InlineData("0a0208ff", "ends inside a number")]
    [InlineData("0a0c089003" + "10ffffffffffffffffff7f", "ends inside a number")]
    [InlineData("0a0e089003" + "10ffffffffffffffffff7f", "longer than 64 bits")]
    [InlineData("0a0f089003" + "10ffffffffffffffffffff01", "longer than 64 bits")]
    [InlineData("0a03089003" + "0200", "field number 0")]
    [InlineData("0a03089003" + "3b", "wire type 3")]
    [InlineData("0a03089003" + "3c", "wire type 4")]
    [InlineData("0a03089003" + "3e", "wire type 6")]
    [InlineData("0a03089003" + "8080808080808080800100", "outside 1 to")]
    [InlineData("0a03089003" + "1005", "field 2, byte 5: wire type 0 where 2 is due")]
    [InlineData("0a03089003" + "3a0105", "field 7, byte 5: wire type 2 where 0 is due")]
    [InlineData("0a03089003" + "3d01020304", "wire type 5 where 0 is due")]
    [InlineData("0a03089003" + "5501020304", "wire type 5 where 2 is due")]
    [InlineData("0a03089003" + "6801", "field 13")]
    [InlineData("0a03089003" + "120180", "ShardName is not valid UTF-8")]
    [InlineData("0a03089003" + "2202c328", "CollectionName is not valid UTF-8")]
    [InlineData("0a03089003" + "70ffffffffffffffffff01", "num_rows is 18446744073709551615")]
    [InlineData("0a03089003" + "52028080", "timestamps")]
    [InlineData("0a040a020801", "base, field 1, byte 2: wire type 2")]
    [InlineData("0a03089003" + "fd0601", "needs 4 bytes, 1 are left")]
    public void Scan_of_a_damaged_message_then_the_reason_names_field_and_numbers(string hex, string expected)
    {
        MalformedMessageException malformed = Assert.Throws<MalformedMessageException>(() => Envelope.Scan(Convert.FromHexString(hex)));
        Assert.Contains(expected, malformed.Message, StringComparison.Ordinal);
    }

    private static object Actual(Envelope e) =>
        (e.ShardName, e.DbName, e.CollectionName, e.PartitionName, e.CollectionId, e.PartitionId, e.SegmentId, e.RowCount, e.MinTimestamp, e.MaxTimestamp);

    private static object Expected(MsgType type, byte[] value)
    {
        switch (type)
        {
            case MsgType.Insert:
                InsertRequest i = InsertRequest.Parser.ParseFrom(value);
                return (i.ShardName, i.DbName, i.CollectionName, i.PartitionName, i.CollectionID, i.PartitionID, i.SegmentID, (long)i.NumRows, i.Timestamps.Min(), i.Timestamps.Max());
            case MsgType.Delete:
                DeleteRequest d = DeleteRequest.Parser.ParseFrom(value);
                return (d.ShardName, d.DbName, d.CollectionName, d.PartitionName, d.CollectionID, d.PartitionID, d.SegmentId, d.NumRows, d.Timestamps.Min(), d.Timestamps.Max());
            case MsgType.CreateCollection:
                CreateCollectionRequest c = CreateCollectionRequest.Parser.ParseFrom(value);
                return ("", c.DbName, c.CollectionName, c.PartitionName, c.CollectionID, c.PartitionID, 0L, 0L, c.Base.Timestamp, c.Base.Timestamp);
            case MsgType.DropCollection:
                DropCollectionRequest o = DropCollectionRequest.Parser.ParseFrom(value);
                return ("", o.DbName, o.CollectionName, "", o.CollectionID, 0L, 0L, 0L, o.Base.Timestamp, o.Base.Timestamp);
            case MsgType.DropPartition:
                DropPartitionRequest p = DropPartitionRequest.Parser.ParseFrom(value);
                return ("", p.DbName, p.CollectionName, p.PartitionName, p.CollectionID, p.PartitionID, 0L, 0L, p.Base.Timestamp, p.Base.Timestamp);
            default:
                ulong time = TimeTickMsg.Parser.ParseFrom(value).Base.Timestamp;
                return ("", "", "", "", 0L, 0L, 0L, 0L, time, time);
        }
    }
}
