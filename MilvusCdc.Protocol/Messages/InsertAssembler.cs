using System.Buffers;

namespace MilvusCdc.Protocol.Messages;

/// <summary>Some rows of an Insert.</summary>
internal readonly record struct RowSlice(ReadOnlyMemory<byte> Message, long Rows, ByteSpan Timestamps, ByteSpan RowIds);

/// <summary>The same rows in one column.</summary>
internal readonly record struct ColumnSlice(ByteSpan Data, ByteSpan Valid);

/// <summary>Writes one Insert from the rows of one or more: the outside of the first, then every run of values as its slices one behind the other. Fields come in the order of their numbers.</summary>
internal ref struct InsertAssembler
{
    private readonly PieceWriter _writer = new(1024);

    public InsertAssembler()
    {
    }

    /// <summary>Whose outside to take.</summary>
    public required Envelope Head { get; init; }

    public required EnvelopePatch Patch { get; init; }

    /// <summary>The base timestamp to write; null leaves the head's.</summary>
    public ulong? BaseTimestamp { get; init; }

    /// <summary>What the columns are; where their values lie comes from the slices.</summary>
    public required ReadOnlySpan<ColumnView> Columns { get; init; }

    public required ReadOnlySpan<RowSlice> Rows { get; init; }

    /// <summary>For each of <see cref="Rows"/> one slice per column.</summary>
    public required ReadOnlySpan<ColumnSlice> Values { get; init; }

    public readonly ReadOnlySequence<byte> Assemble()
    {
        EnvelopePatcher.WriteHead(_writer, Head, Patch, BaseTimestamp, below: 10);
        long rows = 0;
        long timestamps = 0;
        long rowIds = 0;
        foreach (RowSlice slice in Rows)
        {
            rows += slice.Rows;
            timestamps += slice.Timestamps.Length;
            rowIds += slice.RowIds.Length;
        }

        _writer.BytesHead(10, timestamps);
        foreach (RowSlice slice in Rows)
        {
            _writer.Slice(slice.Timestamps.Of(slice.Message));
        }

        _writer.BytesHead(11, rowIds);
        foreach (RowSlice slice in Rows)
        {
            _writer.Slice(slice.RowIds.Of(slice.Message));
        }

        for (int column = 0; column < Columns.Length; column++)
        {
            WriteColumn(column);
        }

        _writer.Number(14, (ulong)rows);
        _writer.Number(15, 1);
        return _writer.ToSequence();
    }

    private readonly void WriteColumn(int index)
    {
        ref readonly ColumnView column = ref Columns[index];
        long data = 0;
        long valid = 0;
        for (int i = index; i < Values.Length; i += Columns.Length)
        {
            data += Values[i].Data.Length;
            valid += Values[i].Valid.Length;
        }

        // From the inside out: the run of values, the array message around it, the ScalarField or VectorField, the FieldData.
        ColumnShape shape = column.Arm.Shape();
        bool packed = shape is ColumnShape.Numbers or ColumnShape.Fixed && data > 0;
        ulong tail = column.Arm == ColumnArm.Array ? (ulong)column.ElementType : column.Arm == ColumnArm.SparseVector ? (ulong)column.Dimension : 0;
        ulong dimension = column.Arm.IsVector() && column.Arm != ColumnArm.SparseVector ? (ulong)column.Dimension : 0;
        long array = (packed ? PieceWriter.SizeOfBytes(1, data) : data) + SizeUnlessZero(2, tail);
        long field = SizeUnlessZero(1, dimension) + PieceWriter.SizeOfBytes(column.Arm.Number(), array);
        long whole = SizeUnlessZero(1, (ulong)column.Type)
            + (column.Name.Length > 0 ? PieceWriter.SizeOfBytes(2, column.Name.Length) : 0)
            + PieceWriter.SizeOfBytes(3, field)
            + SizeUnlessZero(5, (ulong)column.FieldId)
            + (column.IsDynamic ? 2 : 0)
            + (valid > 0 ? PieceWriter.SizeOfBytes(7, valid) : 0);

        _writer.BytesHead(13, whole);
        WriteUnlessZero(1, (ulong)column.Type);
        if (column.Name.Length > 0)
        {
            _writer.BytesHead(2, column.Name.Length);
            _writer.Slice(column.Name.Of(Rows[0].Message));
        }

        _writer.BytesHead(column.Arm.IsVector() ? 4 : 3, field);
        WriteUnlessZero(1, dimension);
        _writer.BytesHead(column.Arm.Number(), array);
        if (packed)
        {
            _writer.BytesHead(1, data);
        }

        for (int slice = 0; slice < Rows.Length; slice++)
        {
            _writer.Slice(Values[(slice * Columns.Length) + index].Data.Of(Rows[slice].Message));
        }

        WriteUnlessZero(2, tail);
        WriteUnlessZero(5, (ulong)column.FieldId);
        WriteUnlessZero(6, column.IsDynamic ? 1u : 0u);
        if (valid > 0)
        {
            _writer.BytesHead(7, valid);
            for (int slice = 0; slice < Rows.Length; slice++)
            {
                _writer.Slice(Values[(slice * Columns.Length) + index].Valid.Of(Rows[slice].Message));
            }
        }
    }

    private static int SizeUnlessZero(int field, ulong value) => value == 0 ? 0 : PieceWriter.SizeOfNumber(field, value);

    private readonly void WriteUnlessZero(int field, ulong value)
    {
        if (value != 0)
        {
            _writer.Number(field, value);
        }
    }
}
