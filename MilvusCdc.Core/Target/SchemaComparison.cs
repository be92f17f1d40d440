using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Core.Target;

/// <summary>Whether rows of a source collection fit into one that the target already has.</summary>
internal static class SchemaComparison
{
    /// <summary>The first thing that keeps rows from fitting, as words for a person; null when they fit.</summary>
    public static string? FirstDifference(SourceCollection source, DescribeCollectionResponse there)
    {
        if (source.ShardCount != there.VirtualChannelNames.Count)
        {
            return $"{source.ShardCount} shards on the source, {there.VirtualChannelNames.Count} on the target";
        }

        if (source.Schema.EnableDynamicField != there.Schema.EnableDynamicField)
        {
            return "only one of them has a dynamic field";
        }

        // Describe does not list the dynamic field, whose rows are checked by their own column.
        FieldSchema[] fields = [.. source.Schema.Fields.Where(static field => !field.IsDynamic)];
        if (fields.Length != there.Schema.Fields.Count)
        {
            return $"{fields.Length} fields on the source, {there.Schema.Fields.Count} on the target";
        }

        foreach ((FieldSchema field, FieldSchema other) in fields.Zip(there.Schema.Fields.OrderBy(static field => field.FieldID)))
        {
            if (field.Name != other.Name || field.DataType != other.DataType || field.FieldID != other.FieldID || Dimension(field) != Dimension(other) || field.IsPrimaryKey != other.IsPrimaryKey)
            {
                return $"field '{field.Name}' ({field.DataType}, id {field.FieldID}) on the source, '{other.Name}' ({other.DataType}, id {other.FieldID}) on the target";
            }
        }

        return null;
    }

    private static string? Dimension(FieldSchema field) => field.TypeParams.FirstOrDefault(static parameter => parameter.Key == "dim")?.Value;
}
