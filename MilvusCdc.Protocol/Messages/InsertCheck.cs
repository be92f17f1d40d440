namespace MilvusCdc.Protocol.Messages;

/// <summary>The checks of an Insert: every count must be num_rows, and the columns those of the schema.</summary>
internal static class InsertCheck
{
    private const int ColumnBased = 1;

    /// <exception cref="MalformedMessageException">The message cannot be walked.</exception>
    public static string? Verify(Envelope envelope, IReadOnlyList<ColumnExpectation>? expected)
    {
        if (envelope.ShardNameUtf8.IsEmpty)
        {
            return "The Insert has no shardName.";
        }

        if (envelope.RowCount == 0)
        {
            return "The Insert's num_rows is 0.";
        }

        using InsertView view = InsertView.Read(envelope);
        return Verify(envelope, view, expected);
    }

    /// <summary>The checks behind the names, of a message that was read already.</summary>
    public static string? Verify(Envelope envelope, in InsertView view, IReadOnlyList<ColumnExpectation>? expected) =>
        Rows(envelope, view) ?? Columns(envelope, view, expected) ?? Missing(view, expected);

    private static string? Rows(Envelope envelope, in InsertView view)
    {
        if (view.HasRowData || view.Version != ColumnBased)
        {
            return $"The Insert is not column based: version {view.Version}{(view.HasRowData ? " with row_data" : "")}; only version {ColumnBased} without row_data can be replicated.";
        }

        if (view.Timestamps.Count != envelope.RowCount)
        {
            return $"The Insert's num_rows is {envelope.RowCount}, but it has {view.Timestamps.Count} timestamps.";
        }

        return view.RowIds.Count != envelope.RowCount ? $"The Insert's num_rows is {envelope.RowCount}, but it has {view.RowIds.Count} rowIDs." : null;
    }

    private static string? Columns(Envelope envelope, in InsertView view, IReadOnlyList<ColumnExpectation>? expected)
    {
        for (int i = 0; i < view.ColumnCount; i++)
        {
            ref readonly ColumnView column = ref view.Columns[i];
            string? wrong = column.FieldId == 0 ? "has field_id 0"
                : view.Find(column.FieldId) != i ? "is there twice"
                : Values(column, envelope.RowCount) ?? Against(column, envelope.RowCount, expected);
            if (wrong is not null)
            {
                return $"The Insert's column {Name(column, envelope)} {wrong}.";
            }
        }

        return view.ColumnCount == 0 ? "The Insert has no columns." : null;
    }

    private static string? Values(in ColumnView column, long rows)
    {
        if (column.HasDataTwice)
        {
            return "holds its values in more than one place";
        }

        if (!column.Arm.Carries(column.Type))
        {
            return $"is of type {column.Type}, but its values are of the form {column.Arm}";
        }

        if (column.Rows < 0)
        {
            return $"has {column.Values} {(column.Arm == ColumnArm.FloatVector ? "numbers" : "bytes")}, which are no rows of dimension {column.Dimension}";
        }

        if (column.ValidFlags == 0)
        {
            return column.Rows != rows ? $"has {column.Rows} rows, num_rows is {rows}" : null;
        }

        if (column.ValidFlags != rows)
        {
            return $"has {column.ValidFlags} flags in valid_data, num_rows is {rows}";
        }

        // Nullable columns come full, or with the valid rows only.
        return column.Rows != rows && column.Rows != column.ValidTrue
            ? $"has {column.Rows} rows, valid_data marks {column.ValidTrue} of {rows}"
            : null;
    }

    private static string? Against(in ColumnView column, long rows, IReadOnlyList<ColumnExpectation>? expected)
    {
        if (expected is null)
        {
            return null;
        }

        for (int i = 0; i < expected.Count; i++)
        {
            ColumnExpectation expectation = expected[i];
            if (expectation.FieldId != column.FieldId)
            {
                continue;
            }

            if (expectation.Type != column.Type)
            {
                return $"is of type {column.Type}, the target's is {expectation.Type}";
            }

            if (expectation.Dimension != 0 && expectation.Dimension != column.Dimension)
            {
                return $"has dimension {column.Dimension}, the target's has {expectation.Dimension}";
            }

            return !expectation.Nullable && column.Rows != rows ? $"has {column.Rows} of {rows} rows, the target's is not nullable" : null;
        }

        return "is unknown to the target";
    }

    private static string? Missing(in InsertView view, IReadOnlyList<ColumnExpectation>? expected)
    {
        for (int i = 0; i < (expected?.Count ?? 0); i++)
        {
            if (view.Find(expected![i].FieldId) < 0)
            {
                return $"The Insert has no column for the target's field {expected[i].FieldId} ({expected[i].Type}).";
            }
        }

        return null;
    }

    private static string Name(in ColumnView column, Envelope envelope) =>
        $"{column.FieldId} ({System.Text.Encoding.UTF8.GetString(column.Name.Of(envelope.Bytes.Span))})";
}
