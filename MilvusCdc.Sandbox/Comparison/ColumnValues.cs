using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Comparison;

/// <summary>Turns Milvus's columns into rows of canonical values.</summary>
internal static class ColumnValues
{
    /// <summary>
    /// The rows of a message or of a query's answer. The dynamic column is spread: each of its names becomes a field of the row.
    /// Throws <see cref="InvalidDataException"/> when a column has another length than <paramref name="rows"/>.
    /// </summary>
    public static List<SortedDictionary<string, string>> ToRows(IEnumerable<FieldData> columns, int rows, Func<FieldData, string>? nameOf = null)
    {
        List<SortedDictionary<string, string>> result = [.. Enumerable.Range(0, rows).Select(_ => new SortedDictionary<string, string>(StringComparer.Ordinal))];
        foreach (FieldData column in columns)
        {
            string name = nameOf?.Invoke(column) ?? column.FieldName;
            if (column.IsDynamic || name == "$meta")
            {
                Spread(column, name, result);
                continue;
            }

            string[] values = Values(column, rows);
            if (values.Length != rows)
            {
                throw new InvalidDataException($"the column {name} has {values.Length} values where {rows} rows are");
            }

            for (int row = 0; row < rows; row++)
            {
                result[row][name] = values[row];
            }
        }

        return result;
    }

    /// <summary>The keys of a delete message, or of a query by keys.</summary>
    public static string[] OfKeys(IDs keys) => keys.IdFieldCase == IDs.IdFieldOneofCase.StrId
        ? [.. keys.StrId.Data.Select(CanonicalValue.Of)]
        : [.. keys.IntId?.Data.Select(CanonicalValue.Of) ?? []];

    private static void Spread(FieldData column, string name, List<SortedDictionary<string, string>> rows)
    {
        if (column.Scalars?.JsonData?.Data is not { } values || values.Count != rows.Count)
        {
            throw new InvalidDataException($"the dynamic column {name} has {column.Scalars?.JsonData?.Data.Count ?? 0} values where {rows.Count} rows are");
        }

        for (int row = 0; row < rows.Count; row++)
        {
            using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(values[row].Memory);
            foreach (System.Text.Json.JsonProperty property in document.RootElement.EnumerateObject())
            {
                rows[row][property.Name] = CanonicalValue.Of(property.Value);
            }
        }
    }

    private static string[] Values(FieldData column, int rows) =>
        column.FieldCase == FieldData.FieldOneofCase.Vectors ? Vectors(column.Vectors, rows) : Scalars(column.Scalars ?? new ScalarField());

    private static string[] Scalars(ScalarField field) => field.DataCase switch
    {
        ScalarField.DataOneofCase.BoolData => [.. field.BoolData.Data.Select(CanonicalValue.Of)],
        ScalarField.DataOneofCase.IntData => [.. field.IntData.Data.Select(value => CanonicalValue.Of((long)value))],
        ScalarField.DataOneofCase.LongData => [.. field.LongData.Data.Select(CanonicalValue.Of)],
        ScalarField.DataOneofCase.FloatData => [.. field.FloatData.Data.Select(value => CanonicalValue.Of((double)value))],
        ScalarField.DataOneofCase.DoubleData => [.. field.DoubleData.Data.Select(CanonicalValue.Of)],
        ScalarField.DataOneofCase.StringData => [.. field.StringData.Data.Select(CanonicalValue.Of)],
        ScalarField.DataOneofCase.BytesData => [.. field.BytesData.Data.Select(value => CanonicalValue.Of(value.Span))],
        ScalarField.DataOneofCase.ArrayData => [.. field.ArrayData.Data.Select(value => CanonicalValue.OfList(Scalars(value)))],
        ScalarField.DataOneofCase.JsonData => [.. field.JsonData.Data.Select(value => CanonicalValue.OfJson(value.Span))],
        _ => [],
    };

    private static string[] Vectors(VectorField field, int rows) => field.DataCase switch
    {
        VectorField.DataOneofCase.FloatVector => [.. field.FloatVector.Data.Chunk((int)Math.Max(field.Dim, 1))
            .Select(vector => CanonicalValue.OfList(vector.Select(value => CanonicalValue.Of((double)value))))],
        VectorField.DataOneofCase.SparseFloatVector => [.. field.SparseFloatVector.Contents.Select(value => CanonicalValue.Of(value.Span))],
        VectorField.DataOneofCase.BinaryVector => Slices(field.BinaryVector.Span, rows),
        VectorField.DataOneofCase.Float16Vector => Slices(field.Float16Vector.Span, rows),
        VectorField.DataOneofCase.Bfloat16Vector => Slices(field.Bfloat16Vector.Span, rows),
        _ => [],
    };

    private static string[] Slices(ReadOnlySpan<byte> flat, int rows)
    {
        int width = rows == 0 ? 0 : flat.Length / rows;
        string[] values = new string[rows];
        for (int row = 0; row < rows; row++)
        {
            values[row] = CanonicalValue.Of(flat.Slice(row * width, width));
        }

        return values;
    }
}
