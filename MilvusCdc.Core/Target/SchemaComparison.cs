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
        if (source.Shards != there.VirtualChannelNames.Count)
        {
            return $"{source.Shards} shards on the source, {there.VirtualChannelNames.Count} on the target";
        }

        if (source.HasDynamicField != there.Schema.EnableDynamicField)
        {
            return "only one of them has a dynamic field";
        }

        // Neither list has the dynamic field, which both sides hide.
        if (source.Fields.Count != there.Schema.Fields.Count)
        {
            return $"{source.Fields.Count} fields on the source, {there.Schema.Fields.Count} on the target";
        }

        foreach ((FieldSchema field, FieldSchema other) in source.Fields.Zip(there.Schema.Fields.OrderBy(static field => field.FieldID)))
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
