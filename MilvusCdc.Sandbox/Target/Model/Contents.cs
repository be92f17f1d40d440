using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>What a collection holds, in the form in which two sides are compared. The caller holds the gate.</summary>
internal static class Contents
{
    public static CollectionRows RowsOf(Collection collection, ulong at)
    {
        List<RowVersion> rows = [.. collection.Rows.Where(row => row.VisibleAt(at)).OrderBy(row => row.Key).ThenBy(row => row.Timestamp)];
        IEnumerable<FieldData> columns = collection.Columns.Select(field => Columns.Gather(field, rows.ConvertAll(row => (row.Batch.Column(field.FieldID)!, row.Line))));
        Dictionary<long, string> partitions = collection.Partitions.ToDictionary(one => one.Id, one => one.Name);
        IEnumerable<Row> found = ColumnValues.ToRows(columns, rows.Count)
            .Zip(rows, (fields, row) => new Row(collection.PartitionKey is null ? partitions[row.PartitionId] : null, fields));
        return new CollectionRows(NameOf(collection), collection.PrimaryKey.Name, [.. found], rows.Count);
    }

    public static CollectionStructure StructureOf(Collection collection) => new(
        [.. collection.Schema.Fields.Select(field => field.Name)],
        [.. collection.Partitions.Select(one => one.Name).Order(StringComparer.Ordinal)],
        [.. collection.Indexes.Select(index => new IndexName(index.Name, index.Field)).OrderBy(index => index.Name, StringComparer.Ordinal)],
        [.. collection.Database.Aliases.Where(one => one.Value == collection).Select(one => one.Key).Order(StringComparer.Ordinal)],
        collection.Load is not { } load ? "NotLoad" : load.Done ? "Loaded" : "Loading");

    public static string NameOf(Collection collection) => $"{collection.Database.Name}/{collection.Name}";
}
