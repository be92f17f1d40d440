using Google.Protobuf.Collections;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>CreateIndex, DropIndex, DescribeIndex. An index is finished at once; rows that are not flushed do not count.</summary>
internal static class IndexCalls
{
    private static readonly HashSet<string> VectorTypes = new(StringComparer.Ordinal)
    {
        "", "FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "HNSW", "DISKANN", "SCANN", "AUTOINDEX", "BIN_FLAT", "BIN_IVF_FLAT", "GPU_IVF_FLAT", "GPU_IVF_PQ",
        "GPU_CAGRA", "GPU_BRUTE_FORCE", "SPARSE_INVERTED_INDEX", "SPARSE_WAND",
    };

    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<CreateIndexRequest>("CreateIndex", (r, c) => Create(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r));
        on.On<DropIndexRequest>("DropIndex", (r, c) => Drop(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.IndexName));
        on.On<AlterIndexRequest>("AlterIndex", (r, c) => Alter(instance, instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r));
        on.On<DescribeIndexRequest, DescribeIndexResponse>("DescribeIndex",
            (r, c) => Describe(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r), s => new() { Status = s });
    }

    private static void Create(Instance instance, Collection collection, CreateIndexRequest request)
    {
        FieldSchema field = collection.Schema.Fields.FirstOrDefault(f => f.Name == request.FieldName)
            ?? throw Refusal.Unexpected($"cannot create index on non-exist field: {request.FieldName}");
        CheckType(field, request.ExtraParams);
        string name = request.IndexName.Length > 0 ? request.IndexName : request.FieldName;
        if (collection.Indexes.Find(i => i.Name == name) is { } same)
        {
            if (same.Field != request.FieldName || !same.SameParameters(request.ExtraParams))
            {
                throw Refusal.Unexpected("CreateIndex failed: at most one distinct index is allowed per field");
            }

            return;
        }

        if (collection.Indexes.Exists(i => i.Field == request.FieldName))
        {
            throw Refusal.Unexpected("CreateIndex failed: creating multiple indexes on same field is not supported");
        }

        collection.Indexes.Add(new CollectionIndex(instance.NextId(), name, request.FieldName, request.ExtraParams.ToList()));
        instance.OwnOperations++;
    }

    private static void CheckType(FieldSchema field, RepeatedField<KeyValuePair> parameters)
    {
        string type = parameters.FirstOrDefault(p => p.Key == "index_type")?.Value ?? "";
        if (field.DataType >= DataType.BinaryVector)
        {
            if (!VectorTypes.Contains(type))
            {
                throw Refusal.Unexpected($"invalid index type: {type}");
            }

            return;
        }

        string[] allowed = field.DataType is DataType.VarChar or DataType.String ? ["Trie", "marisa-trie", "INVERTED"] : ["STL_SORT", "INVERTED"];
        if (type.Length > 0 && !allowed.Contains(type))
        {
            throw Refusal.BadParameter("index type not match", allowed[0], type);
        }
    }

    private static void Drop(Instance instance, Collection collection, string name)
    {
        if (collection.Load is not null)
        {
            throw Refusal.Unexpected("index cannot be dropped, collection is loaded, please release it first");
        }

        // Without a name the field of the request does not matter: the only index goes, whatever it is on.
        if (name.Length == 0 && collection.Indexes.Count > 1)
        {
            throw Refusal.Unexpected("index duplicates[indexName=]");
        }

        if (collection.Indexes.RemoveAll(i => name.Length == 0 || i.Name == name) > 0)
        {
            instance.OwnOperations++;
        }
    }

    private static void Alter(Instance instance, Collection collection, AlterIndexRequest request)
    {
        int at = collection.Indexes.FindIndex(i => i.Name == request.IndexName);
        if (at < 0)
        {
            throw Refusal.NoIndex(collection.Name);
        }

        List<KeyValuePair> parameters = [.. collection.Indexes[at].Parameters];
        PropertyList.Alter(parameters, request.ExtraParams, request.DeleteKeys);
        collection.Indexes[at] = collection.Indexes[at] with { Parameters = parameters };
        instance.OwnOperations++;
    }

    private static DescribeIndexResponse Describe(Collection collection, DescribeIndexRequest request)
    {
        DescribeIndexResponse response = new() { Status = new() };
        foreach (CollectionIndex index in collection.Indexes)
        {
            if ((request.IndexName.Length > 0 && index.Name != request.IndexName) || (request.FieldName.Length > 0 && index.Field != request.FieldName))
            {
                continue;
            }

            long rows = collection.FlushedRows;
            response.IndexDescriptions.Add(new IndexDescription
            {
                IndexName = index.Name,
                IndexID = index.Id,
                FieldName = index.Field,
                Params = { index.Parameters },
                IndexedRows = rows,
                TotalRows = rows,
                State = IndexState.Finished,
            });
        }

        return response.IndexDescriptions.Count > 0 ? response : throw Refusal.NoIndex(collection.Name);
    }
}
