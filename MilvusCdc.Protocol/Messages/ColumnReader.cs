using System.Text.Unicode;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Finds and counts a column's values. Varints are counted by their last bytes, fixed widths by division, texts and the like element by element; nothing is decoded.</summary>
internal static class ColumnReader
{
    private const string What = "FieldData";

    /// <exception cref="MalformedMessageException">The column's bytes cannot be walked.</exception>
    public static ColumnView Read(ReadOnlySpan<byte> message, ByteSpan within)
    {
        ColumnView column = new() { IsPlain = true };
        int seen = 0;
        WireReader reader = new(message, within, What);
        while (reader.TryReadTag())
        {
            if (reader.Number != 7)
            {
                column.IsPlain &= IsFirst(ref seen, reader.Number);
            }

            switch (reader.Number)
            {
                case 1:
                    column.Type = (DataType)(int)reader.ReadNumber();
                    break;
                case 2:
                    column.Name = reader.ReadBytes();
                    if (!Utf8.IsValid(column.Name.Of(message)))
                    {
                        throw reader.Malformed("the field_name is not valid UTF-8");
                    }

                    break;
                case 3:
                    ReadScalars(ref column, message, reader.ReadBytes());
                    break;
                case 4:
                    ReadVectors(ref column, message, reader.ReadBytes());
                    break;
                case 5:
                    column.FieldId = (long)reader.ReadNumber();
                    break;
                case 6:
                    column.IsDynamic = reader.ReadNumber() != 0;
                    break;
                case 7:
                    ReadValid(ref column, ref reader, message);
                    break;
                default:
                    column.IsPlain = false;
                    reader.Skip();
                    break;
            }
        }

        return column;
    }

    /// <summary>Reads one array message (LongArray, StringArray, …) that stands by itself.</summary>
    /// <exception cref="MalformedMessageException">Its bytes cannot be walked.</exception>
    public static ColumnView ReadArray(ReadOnlySpan<byte> message, ByteSpan within, ColumnArm arm)
    {
        ColumnView column = new() { IsPlain = true };
        ReadValues(ref column, message, within, arm);
        return column;
    }

    private static void ReadScalars(ref ColumnView column, ReadOnlySpan<byte> message, ByteSpan within)
    {
        WireReader reader = new(message, within, "ScalarField");
        while (reader.TryReadTag())
        {
            if (reader.Number > (int)ColumnArm.GeometryWkt)
            {
                column.IsPlain = false;
                reader.Skip();
                continue;
            }

            ReadValues(ref column, message, reader.ReadBytes(), (ColumnArm)reader.Number);
        }
    }

    private static void ReadVectors(ref ColumnView column, ReadOnlySpan<byte> message, ByteSpan within)
    {
        bool hasDimension = false;
        WireReader reader = new(message, within, "VectorField");
        while (reader.TryReadTag())
        {
            ColumnArm arm = reader.Number is >= 2 and <= 7 ? (ColumnArm)(ColumnArms.Vectors + reader.Number) : ColumnArm.None;
            if (reader.Number == 1)
            {
                column.IsPlain &= !hasDimension;
                hasDimension = true;
                column.Dimension = (long)reader.ReadNumber();
            }
            else if (arm is ColumnArm.FloatVector or ColumnArm.SparseVector)
            {
                // The two dims of a sparse column cannot both be kept in one place.
                column.IsPlain &= arm != ColumnArm.SparseVector || !hasDimension;
                ReadValues(ref column, message, reader.ReadBytes(), arm);
            }
            else if (arm != ColumnArm.None)
            {
                UseArm(ref column, arm);
                column.Data = reader.ReadBytes();
                column.Values = column.Data.Length;
            }
            else
            {
                column.IsPlain = false;
                reader.Skip();
            }
        }

        column.IsPlain &= column.Arm != ColumnArm.SparseVector || !hasDimension;
    }

    // BoolArray, LongArray, StringArray, …: field 1 repeats; ArrayArray has its element type in field 2, SparseFloatArray its dim.
    private static void ReadValues(ref ColumnView column, ReadOnlySpan<byte> message, ByteSpan within, ColumnArm arm)
    {
        UseArm(ref column, arm);
        column.Data = new ByteSpan(within.Start, 0);
        ColumnShape shape = arm.Shape();
        int seen = 0;
        WireReader reader = new(message, within, arm.ToString());
        while (reader.TryReadTag())
        {
            if (reader.Number == 1 && shape == ColumnShape.Elements)
            {
                AddElement(ref column, ref reader, message);
            }
            else if (reader.Number == 1)
            {
                // More than one packed chunk, or numbers not packed, is legal; but then they do not lie in one run.
                column.IsPlain &= IsFirst(ref seen, 1) && reader.Kind == WireKind.Bytes;
                AddPacked(ref column, ref reader, message, shape == ColumnShape.Numbers ? 0 : arm == ColumnArm.Double ? 8 : 4);
            }
            else if (reader.Number == 2 && arm is ColumnArm.Array or ColumnArm.SparseVector)
            {
                column.IsPlain &= IsFirst(ref seen, 2);
                ulong value = reader.ReadNumber();
                column.ElementType = arm == ColumnArm.Array ? (DataType)(int)value : default;
                column.Dimension = arm == ColumnArm.SparseVector ? (long)value : column.Dimension;
            }
            else
            {
                column.IsPlain = false;
                reader.Skip();
            }
        }
    }

    private static void AddElement(ref ColumnView column, ref WireReader reader, ReadOnlySpan<byte> message)
    {
        ByteSpan element = reader.ReadBytes();
        if (column.Arm is ColumnArm.String or ColumnArm.GeometryWkt && !Utf8.IsValid(element.Of(message)))
        {
            throw reader.Malformed($"value {column.Values} is not valid UTF-8");
        }

        if (column.Values == 0)
        {
            column.Data = new ByteSpan(reader.FieldStart, 0);
        }

        column.IsPlain &= column.Data.End == reader.FieldStart;
        column.Data = column.Data with { Length = element.End - column.Data.Start };
        column.Values++;
    }

    private static void AddPacked(ref ColumnView column, ref WireReader reader, ReadOnlySpan<byte> message, int width)
    {
        if (reader.Kind != WireKind.Bytes)
        {
            reader.Expect(width switch { 0 => WireKind.Varint, 4 => WireKind.Fixed32, _ => WireKind.Fixed64 });
            reader.Skip();
            column.Values++;
            return;
        }

        column.Data = reader.ReadBytes();
        int count = width == 0 ? PackedNumbers.Count(column.Data.Of(message))
            : column.Data.Length % width == 0 ? column.Data.Length / width
            : PackedNumbers.NotNumbers;
        column.Values += count != PackedNumbers.NotNumbers ? count : throw reader.Malformed($"its {column.Data.Length} packed bytes are not whole values");
    }

    private static void ReadValid(ref ColumnView column, ref WireReader reader, ReadOnlySpan<byte> message)
    {
        column.IsPlain &= column.ValidFlags == 0 && reader.Kind == WireKind.Bytes;
        if (reader.Kind == WireKind.Varint)
        {
            column.ValidFlags++;
            column.ValidTrue += reader.ReadVarint() != 0 ? 1 : 0;
            return;
        }

        column.Valid = reader.ReadBytes();
        ReadOnlySpan<byte> flags = column.Valid.Of(message);
        if (flags.IndexOfAnyExceptInRange((byte)0, (byte)1) < 0)
        {
            column.ValidFlags += flags.Length;
            column.ValidTrue += System.MemoryExtensions.Count(flags, (byte)1);
            return;
        }

        // A flag is a varint: other lengths than one byte are legal, but no writer makes them.
        column.IsPlain = false;
        WireReader numbers = new(message, column.Valid, "valid_data");
        while (numbers.Position < column.Valid.End)
        {
            column.ValidFlags++;
            column.ValidTrue += numbers.ReadVarint() != 0 ? 1 : 0;
        }
    }

    private static void UseArm(ref ColumnView column, ColumnArm arm)
    {
        column.HasDataTwice |= column.Arm != ColumnArm.None;
        column.IsPlain &= column.Arm == ColumnArm.None;
        column.Arm = arm;
    }

    private static bool IsFirst(ref int seen, int number)
    {
        int bit = number < 32 ? 1 << number : 0;
        bool first = (seen & bit) == 0;
        seen |= bit;
        return first;
    }
}
