using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Where a column's values lie: the field number inside ScalarField, or <see cref="ColumnArms.Vectors"/> + the number inside VectorField.</summary>
internal enum ColumnArm : byte
{
    None = 0,
    Bool = 1,
    Int = 2,
    Long = 3,
    Float = 4,
    Double = 5,
    String = 6,
    Bytes = 7,
    Array = 8,
    Json = 9,
    Geometry = 10,
    Timestamptz = 11,
    GeometryWkt = 12,
    FloatVector = ColumnArms.Vectors + 2,
    BinaryVector = ColumnArms.Vectors + 3,
    Float16Vector = ColumnArms.Vectors + 4,
    BFloat16Vector = ColumnArms.Vectors + 5,
    SparseVector = ColumnArms.Vectors + 6,
    Int8Vector = ColumnArms.Vectors + 7,
}

/// <summary>How the values of a column arm are laid out.</summary>
internal enum ColumnShape : byte
{
    /// <summary>Packed varints in field 1.</summary>
    Numbers,

    /// <summary>Packed 4- or 8-byte values in field 1.</summary>
    Fixed,

    /// <summary>One length-delimited field 1 per row: texts, JSON, arrays, sparse vectors.</summary>
    Elements,

    /// <summary>Bytes of equal length per row, with no message around them.</summary>
    Vector,
}

/// <summary>What follows from a column's arm.</summary>
internal static class ColumnArms
{
    public const int Vectors = 32;

    public static bool IsVector(this ColumnArm arm) => (int)arm > Vectors;

    /// <summary>The field number inside ScalarField or VectorField.</summary>
    public static int Number(this ColumnArm arm) => (int)arm & (Vectors - 1);

    public static ColumnShape Shape(this ColumnArm arm) => arm switch
    {
        ColumnArm.Bool or ColumnArm.Int or ColumnArm.Long or ColumnArm.Timestamptz => ColumnShape.Numbers,
        ColumnArm.Float or ColumnArm.Double or ColumnArm.FloatVector => ColumnShape.Fixed,
        ColumnArm.BinaryVector or ColumnArm.Float16Vector or ColumnArm.BFloat16Vector or ColumnArm.Int8Vector => ColumnShape.Vector,
        _ => ColumnShape.Elements,
    };

    /// <summary>Bytes of one row for arms whose rows are all equally long; 0 for the others, and when the dimension cannot be.</summary>
    public static long RowWidth(this ColumnArm arm, long dimension)
    {
        if (arm == ColumnArm.Float)
        {
            return 4;
        }

        if (arm == ColumnArm.Double)
        {
            return 8;
        }

        if (!arm.IsVector() || dimension is <= 0 or > int.MaxValue)
        {
            return 0;
        }

        return arm switch
        {
            ColumnArm.FloatVector => dimension * 4,
            ColumnArm.BinaryVector => dimension % 8 == 0 ? dimension / 8 : 0,
            ColumnArm.Float16Vector or ColumnArm.BFloat16Vector => dimension * 2,
            ColumnArm.Int8Vector => dimension,
            _ => 0,
        };
    }

    /// <summary>Whether values of this type travel in this arm (<c>milvus-wire.md</c> §3, column encoding).</summary>
    public static bool Carries(this ColumnArm arm, DataType type) => type switch
    {
        DataType.Bool => arm == ColumnArm.Bool,
        DataType.Int8 or DataType.Int16 or DataType.Int32 => arm == ColumnArm.Int,
        DataType.Int64 => arm == ColumnArm.Long,
        DataType.Float => arm == ColumnArm.Float,
        DataType.Double => arm == ColumnArm.Double,
        DataType.String or DataType.VarChar or DataType.Text => arm == ColumnArm.String,
        DataType.Array => arm == ColumnArm.Array,
        DataType.Json => arm == ColumnArm.Json,
        DataType.Geometry => arm is ColumnArm.Geometry or ColumnArm.GeometryWkt,
        DataType.Timestamptz => arm == ColumnArm.Timestamptz,
        DataType.FloatVector => arm == ColumnArm.FloatVector,
        DataType.BinaryVector => arm == ColumnArm.BinaryVector,
        DataType.Float16Vector => arm == ColumnArm.Float16Vector,
        DataType.Bfloat16Vector => arm == ColumnArm.BFloat16Vector,
        DataType.SparseFloatVector => arm == ColumnArm.SparseVector,
        DataType.Int8Vector => arm == ColumnArm.Int8Vector,
        _ => false,
    };
}
