using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Source;

/// <summary>Columns as a client sends them, by the field's name.</summary>
public static class SourceColumn
{
    /// <summary>Int64.</summary>
    public static FieldData Longs(string field, IEnumerable<long> values) =>
        new() { FieldName = field, Type = DataType.Int64, Scalars = new ScalarField { LongData = new LongArray { Data = { values } } } };

    /// <summary>Int8, Int16 or Int32.</summary>
    public static FieldData Ints(string field, IEnumerable<int> values, DataType type = DataType.Int32) =>
        new() { FieldName = field, Type = type, Scalars = new ScalarField { IntData = new IntArray { Data = { values } } } };

    /// <summary>Bool.</summary>
    public static FieldData Bools(string field, IEnumerable<bool> values) =>
        new() { FieldName = field, Type = DataType.Bool, Scalars = new ScalarField { BoolData = new BoolArray { Data = { values } } } };

    /// <summary>Float.</summary>
    public static FieldData Floats(string field, IEnumerable<float> values) =>
        new() { FieldName = field, Type = DataType.Float, Scalars = new ScalarField { FloatData = new FloatArray { Data = { values } } } };

    /// <summary>Double.</summary>
    public static FieldData Doubles(string field, IEnumerable<double> values) =>
        new() { FieldName = field, Type = DataType.Double, Scalars = new ScalarField { DoubleData = new DoubleArray { Data = { values } } } };

    /// <summary>VarChar.</summary>
    public static FieldData Texts(string field, IEnumerable<string> values) =>
        new() { FieldName = field, Type = DataType.VarChar, Scalars = new ScalarField { StringData = new StringArray { Data = { values } } } };

    /// <summary>JSON, a document a row.</summary>
    public static FieldData Json(string field, IEnumerable<string> documents) =>
        new() { FieldName = field, Type = DataType.Json, Scalars = new ScalarField { JsonData = new JSONArray { Data = { documents.Select(ByteString.CopyFromUtf8) } } } };

    /// <summary>The dynamic field: an object a row.</summary>
    public static FieldData Dynamic(IEnumerable<string> objects)
    {
        FieldData column = Json("$meta", objects);
        column.IsDynamic = true;
        return column;
    }

    /// <summary>Arrays of Int64, one a row.</summary>
    public static FieldData LongArrays(string field, IEnumerable<IEnumerable<long>> values) => new()
    {
        FieldName = field,
        Type = DataType.Array,
        Scalars = new ScalarField
        {
            ArrayData = new ArrayArray { ElementType = DataType.Int64, Data = { values.Select(one => new ScalarField { LongData = new LongArray { Data = { one } } }) } },
        },
    };

    /// <summary>Float vectors, flat: rows × dimension.</summary>
    public static FieldData FloatVectors(string field, int dimension, IEnumerable<float> values) =>
        new() { FieldName = field, Type = DataType.FloatVector, Vectors = new VectorField { Dim = dimension, FloatVector = new FloatArray { Data = { values } } } };

    /// <summary>Binary vectors, flat: rows × dimension / 8 bytes.</summary>
    public static FieldData BinaryVectors(string field, int dimension, byte[] values) =>
        new() { FieldName = field, Type = DataType.BinaryVector, Vectors = new VectorField { Dim = dimension, BinaryVector = ByteString.CopyFrom(values) } };
}
