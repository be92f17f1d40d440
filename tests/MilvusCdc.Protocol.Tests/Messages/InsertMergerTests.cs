using System.Buffers;
using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Tests.Messages;

public class InsertMergerTests
{
    private static readonly EnvelopePatch _patch = new("target-dml_0_9v0", "default", CollectionId: 9, PartitionId: 10);

    public static TheoryData<string, Action<InsertRequest>> Mismatches { get; } = new()
    {
        { "type of message", i => i.Base.MsgType = MsgType.Flush },
        { "shard", i => i.ShardName += "x" },
        { "collection", i => i.CollectionID++ },
        { "partition", i => i.PartitionID++ },
        { "column left out", i => i.FieldsData.RemoveAt(3) },
        { "column more", i => i.FieldsData.Add(new SampleMessages(1).Column(500, DataType.Bool, 3)) },
        { "another column", i => i.FieldsData[3].FieldId = 500 },
        { "column twice", i => i.FieldsData[3] = i.FieldsData[4] },
        { "type", i => i.FieldsData[1].Type = DataType.Int32 },
        { "name", i => i.FieldsData[1].FieldName += "x" },
        { "dynamic", i => i.FieldsData[1].IsDynamic = true },
        { "dimension", i => Widen(i.FieldsData[13].Vectors) },
        { "element type", i => i.FieldsData[8].Scalars.ArrayData.ElementType = DataType.Int32 },
        { "valid_data only here", i => i.FieldsData[1].ValidData.Add([true, true, true]) },
        { "old row format", i => i.RowData.Add(new Blob()) },
        { "version", i => i.Version = InsertDataVersion.RowBased },
        { "no rows", i => i.NumRows = 0 },
        { "counts", i => i.Timestamps.RemoveAt(0) },
        { "unknown field", i => i.Namespace = "n" },
    };

    [Fact]
    public void TryMerge_of_every_column_type_then_the_rows_follow_each_other()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            int nullable = seed % 4;
            List<InsertRequest> parts =
            [
                new SampleMessages(seed).Insert(1 + (seed % 40), nullable: nullable),
                new SampleMessages(seed + 1000).Insert(1, nullable: nullable),
                new SampleMessages(seed + 2000).Insert(1 + (seed % 7), nullable: nullable),
            ];
            parts[1].Base.Timestamp = 0;
            Shuffle(parts[2]);
            List<Envelope> envelopes = parts.ConvertAll(part => Envelope.Scan(part.ToByteArray()));
            Assert.True(InsertMerger.TryMerge(envelopes, _patch, out ReadOnlySequence<byte> merged));

            InsertRequest actual = InsertRequest.Parser.ParseFrom(merged);
            Assert.Equal(Concatenate(parts), actual);
            Assert.Equal(actual.CalculateSize(), merged.Length);
            Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(merged.ToArray())));
            Assert.True(InsertMerger.TryMerge(envelopes, _patch, out ReadOnlySequence<byte> again));
            Assert.Equal(merged.ToArray(), again.ToArray());
        }
    }

    [Fact]
    public void TryMerge_of_recorded_inserts_of_one_partition_then_they_are_one()
    {
        var groups = RecordedMessages.WithoutTicks.Select(value => Envelope.Scan(value)).Where(e => e.Type == MsgType.Insert)
            .GroupBy(e => (e.ShardName, e.PartitionId)).Where(group => group.Count() > 1).ToList();
        Assert.NotEmpty(groups);
        foreach (var group in groups)
        {
            Assert.True(InsertMerger.TryMerge(group.ToList(), EnvelopePatch.None, out ReadOnlySequence<byte> merged));
            Envelope one = Envelope.Scan(merged.ToArray());
            Assert.Equal((group.Sum(e => e.RowCount), group.First().MsgId, group.Max(e => e.MaxTimestamp)), (one.RowCount, one.MsgId, one.BaseTimestamp));
            Assert.Null(EnvelopeCheck.Verify(one));
        }
    }

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void TryMerge_of_messages_that_do_not_fit_then_false(string what, Action<InsertRequest> spoil)
    {
        InsertRequest second = new SampleMessages(2).Insert(3);
        spoil(second);
        Envelope fits = Envelope.Scan(new SampleMessages(1).Insert(2).ToByteArray());
        Envelope other = Envelope.Scan(second.ToByteArray());
        Assert.False(InsertMerger.TryMerge([fits, other], _patch, out _), what);
        Assert.False(InsertMerger.TryMerge([other, fits], _patch, out _), what);
    }

    [Theory]
    [InlineData("")]
    [InlineData("base")]
    [InlineData("column")]
    [InlineData("array")]
    public void TryMerge_with_an_unknown_field_then_false(string where)
    {
        byte[] unknown = WireFields.Number(900, 1).Raw;
        byte[] message = new SampleMessages(1).Insert(2, [DataType.Bool]).ToByteArray();
        Envelope plain = Envelope.Scan(message);
        List<WireField> fields = WireFields.Split(message);
        int at = where == "base" ? 0 : fields.FindIndex(field => field.Number == 13);
        byte[] inner = where == "array"
            ? [.. new SampleMessages(1).Column(100, DataType.Bool, 0).ToByteArray(), .. WireFields.Bytes(3, WireFields.Bytes(1, [0x0A, 2, 0, 1, .. unknown]).Raw).Raw]
            : [.. fields[at].Payload, .. unknown];
        fields[at] = where == "" ? WireFields.Number(900, 1) : WireFields.Bytes(fields[at].Number, inner);
        Assert.False(InsertMerger.TryMerge([plain, Envelope.Scan(WireFields.Join(fields))], _patch, out _));
    }

    [Fact]
    public void TryMerge_of_full_and_compact_columns_then_false()
    {
        InsertRequest full = new SampleMessages(1).Insert(2, [DataType.Int64]);
        full.FieldsData[0].ValidData.Add([true, false]);
        InsertRequest compact = full.Clone();
        compact.FieldsData[0].Scalars.LongData.Data.RemoveAt(1);
        Assert.False(InsertMerger.TryMerge([Envelope.Scan(full.ToByteArray()), Envelope.Scan(compact.ToByteArray())], _patch, out _));
        Assert.True(InsertMerger.TryMerge([Envelope.Scan(full.ToByteArray()), Envelope.Scan(full.ToByteArray())], _patch, out _));
    }

    [Fact]
    public void TryMerge_of_nothing_then_false() => Assert.False(InsertMerger.TryMerge([], _patch, out _));

    [Fact]
    public void TryMerge_of_large_messages_then_their_columns_are_referred_to()
    {
        byte[][] parts = [new SampleMessages(1).Insert(3_000, [DataType.FloatVector]).ToByteArray(), new SampleMessages(2).Insert(3_000, [DataType.FloatVector]).ToByteArray()];
        Assert.True(InsertMerger.TryMerge([Envelope.Scan(parts[0]), Envelope.Scan(parts[1])], _patch, out ReadOnlySequence<byte> merged));
        long copied = 0;
        foreach (ReadOnlyMemory<byte> piece in merged)
        {
            copied += parts.Any(part => new ReadOnlySpan<byte>(part).Overlaps(piece.Span)) ? 0 : piece.Length;
        }

        Assert.InRange(copied, 1, 600);
    }

    private static InsertRequest Concatenate(List<InsertRequest> parts)
    {
        InsertRequest whole = parts[0].Clone();
        whole.Base.Timestamp = parts.Max(part => part.Timestamps.Max());
        whole.ShardName = _patch.ShardName;
        whole.DbName = _patch.DbName;
        (whole.CollectionID, whole.PartitionID) = (9, 10);
        foreach (InsertRequest part in parts.Skip(1))
        {
            whole.NumRows += part.NumRows;
            whole.Timestamps.Add(part.Timestamps);
            whole.RowIDs.Add(part.RowIDs);
            foreach (FieldData column in whole.FieldsData)
            {
                Append(column, part.FieldsData.Single(other => other.FieldId == column.FieldId));
            }
        }

        return whole;
    }

    private static void Append(FieldData to, FieldData from)
    {
        to.ValidData.Add(from.ValidData);
        if (from.Scalars is not null)
        {
            to.Scalars.MergeFrom(from.Scalars);
            return;
        }

        VectorField old = to.Vectors.Clone();
        long dim = old.SparseFloatVector is null ? 0 : Math.Max(old.SparseFloatVector.Dim, from.Vectors.SparseFloatVector.Dim);
        to.Vectors.MergeFrom(from.Vectors);
        switch (from.Vectors.DataCase)
        {
            case VectorField.DataOneofCase.BinaryVector:
                to.Vectors.BinaryVector = Join(old.BinaryVector, from.Vectors.BinaryVector);
                break;
            case VectorField.DataOneofCase.Float16Vector:
                to.Vectors.Float16Vector = Join(old.Float16Vector, from.Vectors.Float16Vector);
                break;
            case VectorField.DataOneofCase.Bfloat16Vector:
                to.Vectors.Bfloat16Vector = Join(old.Bfloat16Vector, from.Vectors.Bfloat16Vector);
                break;
            case VectorField.DataOneofCase.Int8Vector:
                to.Vectors.Int8Vector = Join(old.Int8Vector, from.Vectors.Int8Vector);
                break;
            case VectorField.DataOneofCase.SparseFloatVector:
                to.Vectors.SparseFloatVector.Dim = dim;
                break;
        }
    }

    private static ByteString Join(ByteString a, ByteString b) => ByteString.CopyFrom([.. a.Span, .. b.Span]);

    private static void Shuffle(InsertRequest insert)
    {
        List<FieldData> columns = [.. insert.FieldsData.Reverse()];
        insert.FieldsData.Clear();
        insert.FieldsData.Add(columns);
    }

    private static void Widen(VectorField vectors)
    {
        vectors.Dim *= 2;
        vectors.FloatVector.Data.Add(vectors.FloatVector.Data.ToArray());
    }
}
