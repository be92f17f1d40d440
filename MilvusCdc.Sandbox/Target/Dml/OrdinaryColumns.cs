using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>A client's columns as an Insert message has them: named, typed and numbered by the schema, with the columns that Milvus fills itself.</summary>
internal static class OrdinaryColumns
{
    /// <summary>In the client's order; a generated key and an empty dynamic column come last.</summary>
    public static List<FieldData> Complete(Collection collection, IReadOnlyList<FieldData> given, List<long> rowIds)
    {
        List<FieldData> columns = [.. given.Select(column => Numbered(collection, column))];
        foreach (FieldSchema field in collection.Columns.Where(field => !columns.Exists(column => column.FieldId == field.FieldID)))
        {
            columns.Add(Identified(Generated(field, rowIds), field));
        }

        return columns;
    }

    /// <summary>Some rows of a column.</summary>
    public static FieldData Lines(Collection collection, FieldData column, IReadOnlyCollection<int> lines)
    {
        FieldData some = Columns.Gather(collection.Columns.First(f => f.FieldID == column.FieldId), lines.Select(line => (column, line)).ToList());
        if (some.Scalars?.ArrayData is { } arrays)
        {
            // An answer names the type of an array's elements, a message only when the client did.
            arrays.ElementType = column.Scalars.ArrayData.ElementType;
        }

        return some;
    }

    private static FieldData Numbered(Collection collection, FieldData column)
    {
        FieldSchema? field = collection.Columns.FirstOrDefault(f => column.IsDynamic ? f.IsDynamic : f.Name == column.FieldName);
        return Identified(column.Clone(), field ?? throw Refusal.Unexpected($"field {column.FieldName} not exist"));
    }

    private static FieldData Identified(FieldData column, FieldSchema field)
    {
        (column.FieldId, column.FieldName, column.Type, column.IsDynamic) = (field.FieldID, field.Name, field.DataType, field.IsDynamic);
        return column;
    }

    private static FieldData Generated(FieldSchema field, List<long> rowIds) => field switch
    {
        { IsDynamic: true } => new() { Scalars = new() { JsonData = new() { Data = { rowIds.Select(_ => ByteString.CopyFromUtf8("{}")) } } } },
        { DataType: DataType.VarChar } => new() { Scalars = new() { StringData = new() { Data = { rowIds.Select(id => $"{id}") } } } },
        _ => new() { Scalars = new() { LongData = new() { Data = { rowIds } } } },
    };
}
