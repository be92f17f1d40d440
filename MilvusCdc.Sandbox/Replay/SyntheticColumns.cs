using System.Globalization;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>Makes up values for a collection's fields.</summary>
internal static class SyntheticColumns
{
    /// <summary>Whether values can be made for every field of a collection with this key.</summary>
    public static bool CanFill(CatalogCollection collection) =>
        collection.PrimaryField is { DataType: DataType.Int64, AutoID: false } && UserFields(collection).All(field => !field.IsPartitionKey && IsKnown(field.DataType));

    /// <summary>The fields that a message carries: not the system's.</summary>
    public static IEnumerable<FieldSchema> UserFields(CatalogCollection collection) => collection.Fields.Values.Where(field => field.FieldID >= 100).OrderBy(field => field.FieldID);

    /// <summary>A column for rows with these keys.</summary>
    public static FieldData Fill(FieldSchema schema, IReadOnlyList<long> keys, Random random)
    {
        FieldData column = new() { Type = schema.DataType, FieldName = schema.Name, FieldId = schema.FieldID, IsDynamic = schema.IsDynamic };
        if (schema.DataType is DataType.FloatVector or DataType.BinaryVector)
        {
            long dimension = long.Parse(schema.TypeParams.First(parameter => parameter.Key == "dim").Value, CultureInfo.InvariantCulture);
            column.Vectors = Vectors(schema.DataType, dimension, keys.Count, random);
            return column;
        }

        ScalarField scalars = new();
        switch (schema.DataType)
        {
            case DataType.Bool:
                scalars.BoolData = new BoolArray { Data = { keys.Select(_ => random.Next(2) == 0) } };
                break;
            case DataType.Int64 when schema.IsPrimaryKey:
                scalars.LongData = new LongArray { Data = { keys } };
                break;
            case DataType.Int64:
                scalars.LongData = new LongArray { Data = { keys.Select(_ => random.NextInt64(1_000_000)) } };
                break;
            case DataType.Float:
                scalars.FloatData = new FloatArray { Data = { keys.Select(_ => (float)Math.Round(random.NextDouble() * 100, 2)) } };
                break;
            case DataType.Double:
                scalars.DoubleData = new DoubleArray { Data = { keys.Select(_ => random.NextDouble()) } };
                break;
            case DataType.VarChar:
                scalars.StringData = new StringArray { Data = { keys.Select(key => string.Create(CultureInfo.InvariantCulture, $"row {key % 1_000_000}")) } };
                break;
            case DataType.Json:
                scalars.JsonData = new JSONArray { Data = { keys.Select(key => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{{\"lang\":\"{(key % 2 == 0 ? "en" : "de")}\",\"stock\":{random.Next(100)}}}"))) } };
                break;
            default:
                scalars.IntData = new IntArray { Data = { keys.Select(_ => random.Next(100)) } };
                break;
        }

        column.Scalars = scalars;
        return column;
    }

    private static VectorField Vectors(DataType type, long dimension, int rows, Random random)
    {
        VectorField vectors = new() { Dim = dimension };
        if (type == DataType.BinaryVector)
        {
            byte[] bytes = new byte[rows * dimension / 8];
            random.NextBytes(bytes);
            vectors.BinaryVector = ByteString.CopyFrom(bytes);
        }
        else
        {
            vectors.FloatVector = new FloatArray();
            for (long value = 0; value < rows * dimension; value++)
            {
                vectors.FloatVector.Data.Add((float)((random.NextDouble() * 2) - 1));
            }
        }

        return vectors;
    }

    private static bool IsKnown(DataType type) => type is DataType.Bool or DataType.Int8 or DataType.Int16 or DataType.Int32 or DataType.Int64
        or DataType.Float or DataType.Double or DataType.VarChar or DataType.Json or DataType.FloatVector or DataType.BinaryVector;
}
