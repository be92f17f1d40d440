namespace MilvusCdc.Protocol.Messages;

/// <summary>Takes the next rows off a column, again and again.</summary>
/// <param name="column">A checked, plain column.</param>
/// <param name="rows">Rows of its message.</param>
internal struct ColumnCutter(in ColumnView column, long rows)
{
    private readonly ColumnArm _arm = column.Arm;
    private readonly long _width = column.Arm.RowWidth(column.Dimension);

    // Only the rows that valid_data marks have values.
    private readonly bool _isCompact = column.Rows != rows;
    private readonly bool _hasValid = column.ValidFlags > 0;
    private ByteSpan _data = column.Data;
    private ByteSpan _valid = column.Valid;

    public ColumnSlice Take(ReadOnlySpan<byte> message, long rows)
    {
        ByteSpan valid = _hasValid ? _valid with { Length = (int)rows } : default;
        _valid = _hasValid ? new ByteSpan(valid.End, _valid.Length - valid.Length) : default;
        long values = _isCompact ? MemoryExtensions.Count(valid.Of(message), (byte)1) : rows;

        ByteSpan data = _data with { Length = LengthOf(message, values) };
        _data = new ByteSpan(data.End, _data.Length - data.Length);
        return new ColumnSlice(data, valid);
    }

    private readonly int LengthOf(ReadOnlySpan<byte> message, long values)
    {
        switch (_arm.Shape())
        {
            case ColumnShape.Numbers:
                return PackedNumbers.Skip(_data.Of(message), values);
            case ColumnShape.Elements:
                WireReader reader = new(message, _data, "column");
                for (; values > 0; values--)
                {
                    reader.TryReadTag();
                    reader.Skip();
                }

                return reader.Position - _data.Start;
            default:
                return (int)(values * _width);
        }
    }
}
