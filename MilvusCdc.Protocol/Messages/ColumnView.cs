using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Messages;

/// <summary>One column (FieldData) of an Insert as far as it must be known to check, join and cut it: where its values lie and how many there are, never what they are.</summary>
internal struct ColumnView
{
    public long FieldId;
    public DataType Type;
    public ByteSpan Name;
    public bool IsDynamic;
    public ColumnArm Arm;

    /// <summary>Of vectors: the dim beside the values; of sparse vectors: the dim inside.</summary>
    public long Dimension;

    /// <summary>Of arrays.</summary>
    public DataType ElementType;

    /// <summary>The values: the packed bytes, the vectors' bytes, or all elements with their tags. Meaningful when <see cref="IsPlain"/>.</summary>
    public ByteSpan Data;

    /// <summary>How many values there are: packed numbers, fixed-width values, elements, bytes of <see cref="ColumnShape.Vector"/>.</summary>
    public long Values;

    /// <summary>The packed valid_data.</summary>
    public ByteSpan Valid;

    /// <summary>How many flags valid_data has, and how many of them are true. 0 flags: the column is full.</summary>
    public long ValidFlags;
    public long ValidTrue;

    /// <summary>Its values lie in one run, no field is unknown and no singular one there twice: only then may it be taken apart and written anew.</summary>
    public bool IsPlain;

    /// <summary>The values came in more than one place (two arms, or one arm twice): no Milvus writes that.</summary>
    public bool HasDataTwice;

    /// <summary>Rows that have a value here; -1 when the bytes do not divide into rows of the given dimension.</summary>
    public readonly long Rows
    {
        get
        {
            switch (Arm)
            {
                case ColumnArm.FloatVector:
                    long width = Arm.RowWidth(Dimension) / 4;
                    return width > 0 && Values % width == 0 ? Values / width : -1;
                case ColumnArm.BinaryVector or ColumnArm.Float16Vector or ColumnArm.BFloat16Vector or ColumnArm.Int8Vector:
                    long bytes = Arm.RowWidth(Dimension);
                    return bytes > 0 && Values % bytes == 0 ? Values / bytes : -1;
                default:
                    return Values;
            }
        }
    }

    /// <summary>Whether the columns hold the same field in the same form, so that their values may follow each other.</summary>
    public readonly bool Continues(ReadOnlySpan<byte> message, in ColumnView first, ReadOnlySpan<byte> firstMessage) =>
        FieldId == first.FieldId && Type == first.Type && IsDynamic == first.IsDynamic && Arm == first.Arm && ElementType == first.ElementType
        && (Dimension == first.Dimension || Arm == ColumnArm.SparseVector)
        && (ValidFlags > 0) == (first.ValidFlags > 0)
        && Name.Of(message).SequenceEqual(first.Name.Of(firstMessage));
}
