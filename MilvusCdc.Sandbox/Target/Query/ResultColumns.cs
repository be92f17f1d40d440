using System.Text.Json.Nodes;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Rows as the columns of an answer: the asked fields, of a Query always the primary key, keys of the dynamic field inside <c>$meta</c>.</summary>
internal static class ResultColumns
{
    private static readonly FieldSchema CountField = new() { Name = "count(*)", DataType = DataType.Int64 };

    public static QueryResults Count(long rows)
    {
        FieldData column = Columns.Empty(CountField);
        column.Scalars.LongData.Data.Add(rows);
        return new QueryResults { Status = new Status(), FieldsData = { column } };
    }

    /// <summary>The columns, and the names as they were asked for.</summary>
    public static (IReadOnlyList<FieldData> Columns, IReadOnlyList<string> Names) Of(
        Collection collection, IEnumerable<string> asked, IReadOnlyList<RowVersion> rows, bool withKey)
    {
        List<string> names = asked.SelectMany(n => n == "*" ? collection.Columns.Select(f => f.Name) : [n]).Distinct().ToList();
        if (withKey && !names.Contains(collection.PrimaryKey.Name))
        {
            names.Add(collection.PrimaryKey.Name);
        }

        List<FieldData> columns = [];
        List<string> dynamicKeys = [];
        foreach (string name in names)
        {
            if (FilterRow.Field(collection, name) is { } field)
            {
                columns.Add(Column(field, rows));
            }
            else if (collection.Dynamic is not null)
            {
                dynamicKeys.Add(name);
            }
            else
            {
                throw Refusal.Unexpected($"field {name} not exist");
            }
        }

        if (dynamicKeys.Count > 0 && !names.Contains(Names.Dynamic))
        {
            columns.Add(OnlyKeys(Column(collection.Dynamic!, rows), dynamicKeys));
        }

        return (columns, names);
    }

    private static FieldData Column(FieldSchema field, IReadOnlyList<RowVersion> rows) =>
        Columns.Gather(field, rows.Select(r => (r.Batch.Column(field.FieldID)!, r.Line)).ToList());

    private static FieldData OnlyKeys(FieldData meta, List<string> keys)
    {
        for (int i = 0; i < meta.Scalars.JsonData.Data.Count; i++)
        {
            JsonObject all = JsonNode.Parse(meta.Scalars.JsonData.Data[i].Span)!.AsObject();
            JsonObject some = new(keys.Where(all.ContainsKey).Select(k => new System.Collections.Generic.KeyValuePair<string, JsonNode?>(k, all[k]?.DeepClone())));
            meta.Scalars.JsonData.Data[i] = ByteString.CopyFromUtf8(some.ToJsonString());
        }

        return meta;
    }
}
