using Google.Protobuf;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Tests.Messages;

public class EnvelopeCheckTests
{
    private const int Rows = 4;

    private static readonly DataType[] _types = [DataType.Int64, DataType.VarChar, DataType.FloatVector, DataType.BinaryVector, DataType.SparseFloatVector, DataType.Double];

    private static readonly List<ColumnExpectation> _schema =
    [
        new(100, DataType.Int64), new(101, DataType.VarChar), new(102, DataType.FloatVector, 40), new(103, DataType.BinaryVector, 64),
        new(104, DataType.SparseFloatVector), new(105, DataType.Double, Nullable: true),
    ];

    public static TheoryData<string, Action<InsertRequest>> Inserts { get; } = new()
    {
        { "no shardName", i => i.ShardName = "" },
        { "num_rows is 0", i => i.NumRows = 0 },
        { "not column based: version 0;", i => i.Version = InsertDataVersion.RowBased },
        { "version 1 with row_data", i => i.RowData.Add(new Blob()) },
        { "num_rows is 4, but it has 3 timestamps", i => i.Timestamps.RemoveAt(0) },
        { "num_rows is 4, but it has 0 timestamps", i => i.Timestamps.Clear() },
        { "num_rows is 4, but it has 5 rowIDs", i => i.RowIDs.Add(1) },
        { "num_rows is 4, but it has 0 rowIDs", i => i.RowIDs.Clear() },
        { "num_rows is 5, but", i => i.NumRows = 5 },
        { "no columns", i => i.FieldsData.Clear() },
        { "column 0 (field_Int64_100) has field_id 0", i => i.FieldsData[0].FieldId = 0 },
        { "column 100 (field_Int64_100) is there twice", i => i.FieldsData.Add(i.FieldsData[0].Clone()) },
        { "column 100 (field_Int64_100) has 3 rows, num_rows is 4", i => i.FieldsData[0].Scalars.LongData.Data.RemoveAt(0) },
        { "column 101 (field_VarChar_101) has 5 rows, num_rows is 4", i => i.FieldsData[1].Scalars.StringData.Data.Add("") },
        { "column 102 (field_FloatVector_102) has 159 numbers, which are no rows of dimension 40", i => i.FieldsData[2].Vectors.FloatVector.Data.RemoveAt(0) },
        { "has 160 numbers, which are no rows of dimension 0", i => i.FieldsData[2].Vectors.Dim = 0 },
        { "has 160 numbers, which are no rows of dimension -40", i => i.FieldsData[2].Vectors.Dim = -40 },
        { "has 160 numbers, which are no rows of dimension 9223372036854775807", i => i.FieldsData[2].Vectors.Dim = long.MaxValue },
        { "column 103 (field_BinaryVector_103) has 3 rows, num_rows is 4", i => i.FieldsData[3].Vectors.BinaryVector = ByteString.CopyFrom(new byte[24]) },
        { "has 32 bytes, which are no rows of dimension 60", i => i.FieldsData[3].Vectors.Dim = 60 },
        { "column 104 (field_SparseFloatVector_104) has 3 rows", i => i.FieldsData[4].Vectors.SparseFloatVector.Contents.RemoveAt(0) },
        { "column 105 (field_Double_105) has 5 rows", i => i.FieldsData[5].Scalars.DoubleData.Data.Add(1) },
        { "is of type Int64, but its values are of the form String", i => i.FieldsData[0].Scalars = i.FieldsData[1].Scalars },
        { "is of type 999, but its values", i => i.FieldsData[0].Type = (DataType)999 },
        { "is of type None, but its values", i => i.FieldsData[0].Type = DataType.None },
        { "is of type Int64, but its values are of the form None", i => i.FieldsData[0].Scalars = null },
        { "has 3 flags in valid_data, num_rows is 4", i => i.FieldsData[5].ValidData.Add([true, true, true]) },
        { "has 4 rows, valid_data marks 2 of 5", i => Grow(i).ValidData.Add([true, true, false, false, false]) },
        { "has 3 of 4 rows, the target's is not nullable", i => Shorten(i.FieldsData[0]) },
        { "is of type Int32, the target's is Int64", i => i.FieldsData[0] = new SampleMessages(1).Column(100, DataType.Int32, Rows) },
        { "column 102 (field_FloatVector_102) has dimension 20, the target's has 40", i => Narrow(i.FieldsData[2].Vectors) },
        { "column 999 (field_Int64_100) is unknown to the target", i => i.FieldsData[0].FieldId = 999 },
        { "no column for the target's field 103 (BinaryVector)", i => i.FieldsData.RemoveAt(3) },
    };

    public static TheoryData<string, Action<DeleteRequest>> Deletes { get; } = new()
    {
        { "no shardName", d => d.ShardName = "" },
        { "num_rows is 3, but it has 4 keys", d => d.NumRows = 3 },
        { "num_rows is 4, but it has 3 keys", d => d.PrimaryKeys.IntId.Data.RemoveAt(0) },
        { "num_rows is 4, but it has 0 keys", d => d.PrimaryKeys = null },
        { "num_rows is 4, but it has 3 timestamps", d => d.Timestamps.RemoveAt(0) },
        { "num_rows is 4, but it has 0 timestamps", d => d.Timestamps.Clear() },
    };

    [Theory]
    [MemberData(nameof(Inserts))]
    public void Verify_of_an_insert_that_would_kill_a_target_then_the_reason(string expected, Action<InsertRequest> spoil)
    {
        InsertRequest insert = new SampleMessages(1).Insert(Rows, _types);
        Assert.Null(Verify(insert));
        spoil(insert);
        Assert.Contains(expected, Verify(insert), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Deletes))]
    public void Verify_of_a_delete_that_would_kill_a_target_then_the_reason(string expected, Action<DeleteRequest> spoil)
    {
        DeleteRequest delete = new SampleMessages(1).Delete(Rows, textKeys: false);
        Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(delete.ToByteArray())));
        spoil(delete);
        Assert.Contains(expected, EnvelopeCheck.Verify(Envelope.Scan(delete.ToByteArray())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FieldData, field 3", 0x1A, "0a0401020380")]
    [InlineData("Long, field 1", 0x1A, "1a030a0180")]
    [InlineData("Float, field 1", 0x1A, "22050a03000000")]
    [InlineData("String, field 1", 0x1A, "32030a01ff")]
    [InlineData("Float, field 1", 0x1A, "22020800")]
    [InlineData("ScalarField, field 1", 0x1A, "0801")]
    [InlineData("VectorField, field 1", 0x22, "0a00")]
    public void Verify_of_a_column_whose_bytes_are_damaged_then_the_place(string expected, byte tag, string fieldHex)
    {
        InsertRequest insert = new SampleMessages(1).Insert(Rows, []);
        byte[] field = Convert.FromHexString(fieldHex);
        int announced = expected.StartsWith("FieldData", StringComparison.Ordinal) ? field.Length + 1 : field.Length;
        byte[] column = [0x08, 0x05, 0x28, 0x64, tag, (byte)announced, .. field];
        byte[] message = [.. insert.ToByteArray(), 0x6A, (byte)column.Length, .. column];
        Assert.Contains(expected, EnvelopeCheck.Verify(Envelope.Scan(message)), StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_of_values_in_two_places_then_refused()
    {
        InsertRequest insert = new SampleMessages(1).Insert(Rows, []);
        byte[] column = [.. new SampleMessages(1).Column(100, DataType.Bool, Rows).ToByteArray(), .. new SampleMessages(1).Column(100, DataType.Int64, Rows).ToByteArray()];
        byte[] message = [.. insert.ToByteArray(), .. WireFields.Bytes(13, column).Raw];
        Assert.Contains("in more than one place", EnvelopeCheck.Verify(Envelope.Scan(message)), StringComparison.Ordinal);

        DeleteRequest delete = new SampleMessages(1).Delete(Rows, textKeys: false);
        message = [.. delete.ToByteArray(), .. new DeleteRequest { PrimaryKeys = delete.PrimaryKeys }.ToByteArray()];
        Assert.Contains("in more than one place", EnvelopeCheck.Verify(Envelope.Scan(message)), StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_of_every_column_type_then_clean()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            InsertRequest insert = new SampleMessages(seed).Insert(1 + (seed % 70), nullable: seed % 3);
            List<ColumnExpectation> schema = insert.FieldsData
                .Select(column => new ColumnExpectation(column.FieldId, column.Type, (int)(column.Vectors?.Dim ?? 0), column.ValidData.Count > 0)).ToList();
            Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(insert.ToByteArray()), schema));
        }
    }

    [Fact]
    public void Verify_of_nullable_columns_then_full_and_compact_ones_pass()
    {
        InsertRequest insert = new SampleMessages(1).Insert(Rows, _types);
        insert.FieldsData[5].ValidData.Add([true, false, true, true]);
        Assert.Null(Verify(insert));
        insert.FieldsData[5].Scalars.DoubleData.Data.RemoveAt(0);
        Assert.Null(Verify(insert));
    }

    [Fact]
    public void Verify_of_numbers_that_are_not_packed_then_they_are_counted_too()
    {
        InsertRequest insert = new SampleMessages(1).Insert(1, []);
        insert.Timestamps.Clear();
        byte[] column = [0x08, 0x05, 0x28, 0x64, 0x1A, 0x04, 0x1A, 0x02, 0x08, 0x07];
        byte[] message = [.. insert.ToByteArray(), 0x50, 0x05, .. WireFields.Bytes(13, column).Raw];
        Envelope envelope = Envelope.Scan(message);
        Assert.Null(EnvelopeCheck.Verify(envelope));
        Assert.Equal(5UL, envelope.MaxTimestamp);
        Assert.Single(InsertRequest.Parser.ParseFrom(message).FieldsData[0].Scalars.LongData.Data);
    }

    [Fact]
    public void Verify_of_every_recorded_message_then_clean() =>
        Assert.All(RecordedMessages.All, value => Assert.Null(EnvelopeCheck.Verify(Envelope.Scan(value))));

    private static string? Verify(InsertRequest insert) => EnvelopeCheck.Verify(Envelope.Scan(insert.ToByteArray()), _schema);

    private static FieldData Grow(InsertRequest insert)
    {
        FieldData kept = insert.FieldsData[5];
        insert.MergeFrom(new SampleMessages(2).Insert(1, []));
        insert.NumRows = 5;
        insert.FieldsData.Clear();
        insert.FieldsData.Add(kept);
        return kept;
    }

    private static void Shorten(FieldData column)
    {
        column.Scalars.LongData.Data.RemoveAt(0);
        column.ValidData.Add([true, true, true, false]);
    }

    private static void Narrow(VectorField vectors)
    {
        vectors.Dim = 20;
        while (vectors.FloatVector.Data.Count > 20 * Rows)
        {
            vectors.FloatVector.Data.RemoveAt(0);
        }
    }
}
