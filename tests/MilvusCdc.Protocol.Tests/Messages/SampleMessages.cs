using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Msg;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Tests.Messages;

/// <summary>Inserts and Deletes of every column type, as a proxy would write them; the same seed gives the same message.</summary>
internal sealed class SampleMessages(int seed)
{
    public const string Shard = "by-dev-rootcoord-dml_3_445834678636119060v0";

    private readonly Random _random = new(seed);

    public static IReadOnlyList<DataType> ColumnTypes { get; } =
    [
        DataType.Bool, DataType.Int8, DataType.Int16, DataType.Int32, DataType.Int64, DataType.Float, DataType.Double, DataType.VarChar, DataType.Array, DataType.Json,
        DataType.Geometry, DataType.Timestamptz, DataType.BinaryVector, DataType.FloatVector, DataType.Float16Vector, DataType.Bfloat16Vector, DataType.SparseFloatVector,
        DataType.Int8Vector,
    ];

    /// <summary>An Insert with one column of each given type, field ids from 100 on.</summary>
    public InsertRequest Insert(int rows, IReadOnlyList<DataType>? types = null, ulong? timestamp = null, int nullable = 0)
    {
        ulong time = timestamp ?? 445644800000000005UL + (ulong)_random.Next(1_000_000);
        InsertRequest insert = new()
        {
            Base = new MsgBase { MsgType = MsgType.Insert, MsgID = 445834678636519000 + _random.Next(1000), Timestamp = time, SourceID = 7 },
            ShardName = Shard,
            CollectionName = "demo",
            PartitionName = "_default",
            CollectionID = 445834678636119060,
            PartitionID = 445834678636119061,
            SegmentID = 445834678636119099,
            NumRows = (ulong)rows,
            Version = InsertDataVersion.ColumnBased,
        };
        for (int i = 0; i < rows; i++)
        {
            insert.Timestamps.Add(time);
            insert.RowIDs.Add(445834678636520000 + i);
        }

        long id = 100;
        foreach (DataType type in types ?? ColumnTypes)
        {
            insert.FieldsData.Add(id % 3 < nullable ? NullableColumn(id, type, rows) : Column(id, type, rows));
            id++;
        }

        return insert;
    }

    public DeleteRequest Delete(int rows, bool textKeys)
    {
        ulong time = 445644800000000005UL + (ulong)_random.Next(1_000_000);
        DeleteRequest delete = new()
        {
            Base = new MsgBase { MsgType = MsgType.Delete, MsgID = 445834678636519000 + _random.Next(1000), Timestamp = time, SourceID = 7 },
            ShardName = Shard,
            CollectionName = "demo",
            CollectionID = 445834678636119060,
            PartitionID = -1,
            NumRows = rows,
            PrimaryKeys = textKeys ? new IDs { StrId = new StringArray() } : new IDs { IntId = new LongArray() },
        };
        for (int i = 0; i < rows; i++)
        {
            delete.Timestamps.Add(time);
            if (textKeys)
            {
                delete.PrimaryKeys.StrId.Data.Add($"key {_random.Next()} ä");
            }
            else
            {
                delete.PrimaryKeys.IntId.Data.Add(_random.NextInt64(long.MinValue, long.MaxValue));
            }
        }

        return delete;
    }

    public FieldData Column(long id, DataType type, int rows)
    {
        FieldData column = new() { Type = type, FieldName = $"field_{type}_{id}", FieldId = id, IsDynamic = type == DataType.Json };
        if ((int)type >= 100)
        {
            column.Vectors = Vectors(type, rows);
        }
        else
        {
            column.Scalars = Scalars(type, rows);
            if (type == DataType.Array)
            {
                column.Scalars.ArrayData.ElementType = DataType.Int64;
            }
        }

        return column;
    }

    // Valid rows only: the compact form.
    private FieldData NullableColumn(long id, DataType type, int rows)
    {
        bool[] valid = Enumerable.Range(0, rows).Select(_ => _random.Next(3) > 0).ToArray();
        FieldData column = Column(id, type, valid.Count(flag => flag));
        column.ValidData.Add(valid);
        return column;
    }

    private ScalarField Scalars(DataType type, int rows)
    {
        ScalarField field = new();
        IEnumerable<int> range = Enumerable.Range(0, rows);
        switch (type)
        {
            case DataType.Bool:
                field.BoolData = new BoolArray { Data = { range.Select(_ => _random.Next(2) == 0) } };
                break;
            case DataType.Int8 or DataType.Int16 or DataType.Int32:
                field.IntData = new IntArray { Data = { range.Select(_ => _random.Next(-128, 128)) } };
                break;
            case DataType.Int64:
                field.LongData = new LongArray { Data = { range.Select(_ => _random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64)) } };
                break;
            case DataType.Float:
                field.FloatData = new FloatArray { Data = { range.Select(_ => _random.NextSingle()) } };
                break;
            case DataType.Double:
                field.DoubleData = new DoubleArray { Data = { range.Select(_ => _random.NextDouble()) } };
                break;
            case DataType.VarChar:
                field.StringData = new StringArray { Data = { range.Select(_ => new string('ß', _random.Next(200))) } };
                break;
            case DataType.Array:
                field.ArrayData = new ArrayArray { Data = { range.Select(_ => Scalars(DataType.Int64, _random.Next(4))) } };
                break;
            case DataType.Json:
                field.JsonData = new JSONArray { Data = { range.Select(_ => ByteString.CopyFromUtf8($$"""{"n":{{_random.Next()}}}""")) } };
                break;
            case DataType.Geometry:
                field.GeometryData = new GeometryArray { Data = { range.Select(_ => Random(21)) } };
                break;
            default:
                field.TimestamptzData = new TimestamptzArray { Data = { range.Select(_ => _random.NextInt64()) } };
                break;
        }

        return field;
    }

    private VectorField Vectors(DataType type, int rows) => type switch
    {
        DataType.BinaryVector => new VectorField { Dim = 64, BinaryVector = Random(rows * 8) },
        DataType.FloatVector => new VectorField { Dim = 40, FloatVector = new FloatArray { Data = { Enumerable.Range(0, rows * 40).Select(_ => _random.NextSingle()) } } },
        DataType.Float16Vector => new VectorField { Dim = 6, Float16Vector = Random(rows * 12) },
        DataType.Bfloat16Vector => new VectorField { Dim = 6, Bfloat16Vector = Random(rows * 12) },
        DataType.Int8Vector => new VectorField { Dim = 16, Int8Vector = Random(rows * 16) },
        _ => new VectorField
        {
            SparseFloatVector = new SparseFloatArray { Dim = 1000 + _random.Next(1000), Contents = { Enumerable.Range(0, rows).Select(_ => Random(8 * _random.Next(5))) } },
        },
    };

    private ByteString Random(int bytes)
    {
        byte[] made = new byte[bytes];
        _random.NextBytes(made);
        return ByteString.CopyFrom(made);
    }
}
