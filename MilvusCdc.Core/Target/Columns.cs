using System.Globalization;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Target;

/// <summary>The columns that every insert of a collection must have.</summary>
internal static class Columns
{
    /// <summary>By the source's schema, which the target's equals field by field.</summary>
    public static IReadOnlyList<ColumnExpectation> Of(SourceCollection collection) =>
        [.. (collection.DynamicField is { } dynamic ? collection.Fields.Append(dynamic) : collection.Fields)
            .Select(static field => new ColumnExpectation(field.FieldID, field.DataType, Dimension(field), field.Nullable))];

    private static int Dimension(FieldSchema field) =>
        field.TypeParams.FirstOrDefault(static parameter => parameter.Key == "dim") is { } dimension
        && int.TryParse(dimension.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : 0;
}
