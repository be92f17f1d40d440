using Google.Protobuf.Collections;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Query;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Dml;

/// <summary>Insert, Upsert and Delete of ordinary clients: checked, then refused by an instance that takes replicated messages only (1303).</summary>
internal sealed class OrdinaryDml(Instance instance)
{
    public void Register(Dispatcher on)
    {
        on.On<InsertRequest, MutationResult>("Insert",
            (r, c) => Write(c.DatabaseOf(r.DbName), r.CollectionName, r.PartitionName, r.FieldsData, r.NumRows, false), (r, s) => Refused(s, r.NumRows));
        on.On<UpsertRequest, MutationResult>("Upsert",
            (r, c) => Write(c.DatabaseOf(r.DbName), r.CollectionName, r.PartitionName, r.FieldsData, r.NumRows, true), (r, s) => Refused(s, r.NumRows));
        on.On<DeleteRequest, MutationResult>("Delete", (r, c) => Delete(c.DatabaseOf(r.DbName), r), (_, s) => new() { Status = s });
    }

    private static MutationResult Refused(Status status, uint rows) =>
        new() { Status = status, ErrIndex = { Enumerable.Range(0, (int)rows).Select(i => (uint)i) } };

    private static RefusalException Denied() => new(1303, ErrorCode.UnexpectedError, "deny to write the message to mq");

    private ValueTask<MutationResult> Write(
        string database, string name, string partitionName, RepeatedField<FieldData> columns, uint rows, bool upsert)
    {
        lock (instance.Gate)
        {
            Collection collection = instance.Collection(database, name);
            List<FieldSchema> expected = collection.Schema.Fields.Where(f => !f.AutoID).ToList();
            int given = columns.Count(c => !c.IsDynamic);
            if (given != expected.Count)
            {
                throw Refusal.BadParameter("the number of fields is less than needed", expected.Count, given);
            }

            if (upsert && collection.PrimaryKey.AutoID)
            {
                throw Refusal.BadParameter("upsert can not assign primary field data when auto id enabled id");
            }

            CheckColumns(collection, expected, columns, rows);
            Partition? partition = collection.PartitionKey is not null ? null
                : partitionName.Length > 0 ? collection.Partition(partitionName) : collection.Partitions[0];
            if (!instance.Options.TtMsgEnabled)
            {
                throw Denied();
            }

            return ValueTask.FromResult(OrdinaryRows.Write(instance, new RowTarget(collection, name, partition), columns, (int)rows, upsert));
        }
    }

    private static void CheckColumns(Collection collection, List<FieldSchema> expected, RepeatedField<FieldData> columns, uint rows)
    {
        foreach (FieldSchema field in expected)
        {
            FieldData column = columns.FirstOrDefault(c => c.FieldName == field.Name)
                ?? throw Refusal.BadParameter($"field {field.Name} not pass in collection {collection.Name}");
            if (Columns.Rows(column) != rows)
            {
                throw Refusal.BadParameter($"the num_rows of field {field.Name} is not equal to passed NumRows", rows, Columns.Rows(column));
            }

            if (column.Vectors is { Dim: > 0 } vectors && field.TypeParams.FirstOrDefault(p => p.Key == "dim") is { } dim && dim.Value != $"{vectors.Dim}")
            {
                throw Refusal.Unexpected($"the dim ({vectors.Dim}) of field data({field.Name}) is not equal to schema dim ({dim.Value}): illegal argument");
            }
        }
    }

    private ValueTask<MutationResult> Delete(string database, DeleteRequest request)
    {
        lock (instance.Gate)
        {
            Collection collection = instance.Collection(database, request.CollectionName);
            Filter filter = FilterNames.Parse(request.Expr, collection);
            IReadOnlyCollection<object>? keys = FilterNames.Keys(filter, collection);
            if (keys is null && collection.Load is not { Done: true })
            {
                throw Refusal.NotLoaded(collection.Id);
            }

            if (!instance.Options.TtMsgEnabled)
            {
                throw Denied();
            }

            Partition? partition = request.PartitionName.Length > 0 ? collection.Partition(request.PartitionName) : null;
            return ValueTask.FromResult(OrdinaryRows.Delete(instance, new RowTarget(collection, request.CollectionName, partition), filter, keys));
        }
    }
}
