using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Plan;

/// <summary>What a collection's schema asks of the target's version.</summary>
internal static class SchemaNeeds
{
    private static readonly MilvusVersion Vectors = new(2, 4, 0);
    private static readonly MilvusVersion Functions = new(2, 5, 0);

    /// <summary>Each feature with the first version that has it; a feature that no supported version has comes with null.</summary>
    public static IEnumerable<(string Feature, MilvusVersion? Since)> Of(SourceCollection collection)
    {
        foreach (FieldSchema field in collection.Fields)
        {
            switch (field.DataType)
            {
                case DataType.Float16Vector or DataType.Bfloat16Vector or DataType.SparseFloatVector:
                    yield return ($"field '{field.Name}' of type {field.DataType}", Vectors);
                    break;
                case DataType.None or DataType.Geometry or DataType.Text or DataType.Timestamptz or DataType.Int8Vector or DataType.ArrayOfVector or DataType.ArrayOfStruct or DataType.Struct:
                    yield return ($"field '{field.Name}' of type {field.DataType}", null);
                    break;
                case { } type when !Enum.IsDefined(type):
                    yield return ($"field '{field.Name}' of the unknown type {(int)type}", null);
                    break;
            }

            if (field.Nullable || field.DefaultValue is not null)
            {
                yield return ($"field '{field.Name}' that is nullable or has a default", Functions);
            }

            if (field.IsClusteringKey)
            {
                yield return ($"clustering key '{field.Name}'", Vectors);
            }
        }

        foreach (FunctionSchema function in collection.Functions)
        {
            yield return ($"function '{function.Name}'", Functions);
        }
    }
}
