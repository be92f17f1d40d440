using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Target.Wire;

/// <summary>Column-wise data as it is on the wire: how many rows, one row's value, a column gathered from rows of others.</summary>
internal static class Columns
{
    /// <summary>Rows of a column; -1 when it holds no data at all or no whole number of rows.</summary>
    public static int Rows(FieldData column) => column.FieldCase switch
    {
        FieldData.FieldOneofCase.Scalars => column.Scalars.DataCase switch
        {
            ScalarField.DataOneofCase.BoolData => column.Scalars.BoolData.Data.Count,
            ScalarField.DataOneofCase.IntData => column.Scalars.IntData.Data.Count,
            ScalarField.DataOneofCase.LongData => column.Scalars.LongData.Data.Count,
            ScalarField.DataOneofCase.FloatData => column.Scalars.FloatData.Data.Count,
            ScalarField.DataOneofCase.DoubleData => column.Scalars.DoubleData.Data.Count,
            ScalarField.DataOneofCase.StringData => column.Scalars.StringData.Data.Count,
            ScalarField.DataOneofCase.BytesData => column.Scalars.BytesData.Data.Count,
            ScalarField.DataOneofCase.ArrayData => column.Scalars.ArrayData.Data.Count,
            ScalarField.DataOneofCase.JsonData => column.Scalars.JsonData.Data.Count,
            _ => -1,
        },
        FieldData.FieldOneofCase.Vectors => column.Vectors.DataCase switch
        {
            VectorField.DataOneofCase.FloatVector => Divide(column.Vectors.FloatVector.Data.Count, column.Vectors.Dim),
            VectorField.DataOneofCase.BinaryVector => Divide(column.Vectors.BinaryVector.Length, column.Vectors.Dim / 8),
            VectorField.DataOneofCase.Float16Vector => Divide(column.Vectors.Float16Vector.Length, column.Vectors.Dim * 2),
            VectorField.DataOneofCase.Bfloat16Vector => Divide(column.Vectors.Bfloat16Vector.Length, column.Vectors.Dim * 2),
            VectorField.DataOneofCase.SparseFloatVector => column.Vectors.SparseFloatVector.Contents.Count,
            _ => -1,
        },
        _ => -1,
    };

    /// <summary>One value: bool, long, float, double, string (VarChar and JSON text), float[] or byte[] (vectors), or a list (arrays).</summary>
    public static object? Value(FieldData column, int row) => column.FieldCase switch
    {
        FieldData.FieldOneofCase.Scalars => Scalar(column.Scalars, row),
        FieldData.FieldOneofCase.Vectors => Vector(column.Vectors, row),
        _ => null,
    };

    /// <summary>An empty column of the schema's type, so that an answer without rows has its columns too.</summary>
    public static FieldData Empty(FieldSchema field)
    {
        FieldData column = new() { Type = field.DataType, FieldName = field.Name, FieldId = field.FieldID, IsDynamic = field.IsDynamic };
        long dim = field.TypeParams.FirstOrDefault(p => p.Key == "dim") is { } parameter ? long.Parse(parameter.Value, null) : 0;
        switch (field.DataType)
        {
            case DataType.FloatVector:
                column.Vectors = new VectorField { Dim = dim, FloatVector = new() };
                break;
            case DataType.BinaryVector:
                column.Vectors = new VectorField { Dim = dim, BinaryVector = ByteString.Empty };
                break;
            case DataType.Float16Vector:
                column.Vectors = new VectorField { Dim = dim, Float16Vector = ByteString.Empty };
                break;
            case DataType.Bfloat16Vector:
                column.Vectors = new VectorField { Dim = dim, Bfloat16Vector = ByteString.Empty };
                break;
            case DataType.SparseFloatVector:
                column.Vectors = new VectorField { SparseFloatVector = new() };
                break;
            default:
                column.Scalars = EmptyScalars(field);
                break;
        }

        return column;
    }

    /// <summary>A column made of single rows of others.</summary>
    public static FieldData Gather(FieldSchema field, IReadOnlyCollection<(FieldData From, int Row)> rows)
    {
        FieldData column = Empty(field);
        switch (field.DataType)
        {
            case DataType.BinaryVector:
                column.Vectors.BinaryVector = Joined(rows);
                break;
            case DataType.Float16Vector:
                column.Vectors.Float16Vector = Joined(rows);
                break;
            case DataType.Bfloat16Vector:
                column.Vectors.Bfloat16Vector = Joined(rows);
                break;
            default:
                foreach ((FieldData from, int row) in rows)
                {
                    Append(column, from, row);
                }

                break;
        }

        return column;
    }

    private static void Append(FieldData to, FieldData from, int row)
    {
        if (to.FieldCase == FieldData.FieldOneofCase.Scalars)
        {
            AppendScalar(to.Scalars, from.Scalars, row);
            return;
        }

        VectorField target = to.Vectors, source = from.Vectors;
        int dim = (int)source.Dim;
        switch (source.DataCase)
        {
            case VectorField.DataOneofCase.FloatVector:
                target.FloatVector.Data.AddRange(source.FloatVector.Data.Skip(row * dim).Take(dim));
                break;
            case VectorField.DataOneofCase.SparseFloatVector:
                target.SparseFloatVector.Contents.Add(source.SparseFloatVector.Contents[row]);
                target.SparseFloatVector.Dim = Math.Max(target.SparseFloatVector.Dim, source.SparseFloatVector.Dim);
                break;
        }
    }

    private static int Divide(long length, long width) => width > 0 && length % width == 0 ? (int)(length / width) : -1;

    private static object? Scalar(ScalarField scalars, int row) => scalars.DataCase switch
    {
        ScalarField.DataOneofCase.BoolData => scalars.BoolData.Data[row],
        ScalarField.DataOneofCase.IntData => (long)scalars.IntData.Data[row],
        ScalarField.DataOneofCase.LongData => scalars.LongData.Data[row],
        ScalarField.DataOneofCase.FloatData => scalars.FloatData.Data[row],
        ScalarField.DataOneofCase.DoubleData => scalars.DoubleData.Data[row],
        ScalarField.DataOneofCase.StringData => scalars.StringData.Data[row],
        ScalarField.DataOneofCase.BytesData => scalars.BytesData.Data[row].ToByteArray(),
        ScalarField.DataOneofCase.JsonData => scalars.JsonData.Data[row].ToStringUtf8(),
        ScalarField.DataOneofCase.ArrayData => Elements(scalars.ArrayData.Data[row]),
        _ => null,
    };

    private static List<object?> Elements(ScalarField array)
    {
        int count = Rows(new FieldData { Scalars = array });
        return Enumerable.Range(0, Math.Max(0, count)).Select(i => Scalar(array, i)).ToList();
    }

    private static object? Vector(VectorField vectors, int row)
    {
        int dim = (int)vectors.Dim;
        return vectors.DataCase switch
        {
            VectorField.DataOneofCase.FloatVector => vectors.FloatVector.Data.Skip(row * dim).Take(dim).ToArray(),
            VectorField.DataOneofCase.BinaryVector => vectors.BinaryVector.Span.Slice(row * dim / 8, dim / 8).ToArray(),
            VectorField.DataOneofCase.Float16Vector => vectors.Float16Vector.Span.Slice(row * dim * 2, dim * 2).ToArray(),
            VectorField.DataOneofCase.Bfloat16Vector => vectors.Bfloat16Vector.Span.Slice(row * dim * 2, dim * 2).ToArray(),
            VectorField.DataOneofCase.SparseFloatVector => vectors.SparseFloatVector.Contents[row].ToByteArray(),
            _ => null,
        };
    }

    private static ScalarField EmptyScalars(FieldSchema field) => field.DataType switch
    {
        DataType.Bool => new() { BoolData = new() },
        DataType.Int8 or DataType.Int16 or DataType.Int32 => new() { IntData = new() },
        DataType.Int64 => new() { LongData = new() },
        DataType.Float => new() { FloatData = new() },
        DataType.Double => new() { DoubleData = new() },
        DataType.Array => new() { ArrayData = new() { ElementType = field.ElementType } },
        DataType.Json => new() { JsonData = new() },
        _ => new() { StringData = new() },
    };

    private static void AppendScalar(ScalarField to, ScalarField from, int row)
    {
        switch (from.DataCase)
        {
            case ScalarField.DataOneofCase.BoolData:
                to.BoolData.Data.Add(from.BoolData.Data[row]);
                break;
            case ScalarField.DataOneofCase.IntData:
                to.IntData.Data.Add(from.IntData.Data[row]);
                break;
            case ScalarField.DataOneofCase.LongData:
                to.LongData.Data.Add(from.LongData.Data[row]);
                break;
            case ScalarField.DataOneofCase.FloatData:
                to.FloatData.Data.Add(from.FloatData.Data[row]);
                break;
            case ScalarField.DataOneofCase.DoubleData:
                to.DoubleData.Data.Add(from.DoubleData.Data[row]);
                break;
            case ScalarField.DataOneofCase.StringData:
                to.StringData.Data.Add(from.StringData.Data[row]);
                break;
            case ScalarField.DataOneofCase.ArrayData:
                to.ArrayData.Data.Add(from.ArrayData.Data[row]);
                break;
            case ScalarField.DataOneofCase.JsonData:
                to.JsonData.Data.Add(from.JsonData.Data[row]);
                break;
        }
    }

    private static ByteString Joined(IReadOnlyCollection<(FieldData From, int Row)> rows)
    {
        using MemoryStream bytes = new();
        foreach ((FieldData from, int row) in rows)
        {
            bytes.Write((byte[])Vector(from.Vectors, row)!);
        }

        return UnsafeByteOperations.UnsafeWrap(bytes.ToArray());
    }
}
