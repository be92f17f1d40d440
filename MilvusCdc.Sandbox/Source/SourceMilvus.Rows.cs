using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Source;

/// <content>Rows: inserts, upserts, deletes.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Inserts rows.</summary>
    /// <param name="database">Empty: default.</param>
    /// <param name="collection">Name or alias.</param>
    /// <param name="columns">A column a field, by name, all of one length; without a generated key. <see cref="SourceColumn"/> makes them.</param>
    /// <param name="partition">Empty: the default partition, or what the partition key says.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The keys, and the rows' timestamp.</returns>
    public Task<MutationResult> InsertAsync(string database, string collection, IEnumerable<FieldData> columns, string partition = "", CancellationToken cancellation = default)
    {
        InsertRequest request = new() { DbName = database, CollectionName = collection, PartitionName = partition, FieldsData = { columns } };
        request.NumRows = RowsOf(request.FieldsData);
        return InsertAsync(request, cancellation);
    }

    /// <summary>Replaces rows by key, or inserts them: Insert messages and Delete messages at one timestamp.</summary>
    /// <param name="database">Empty: default.</param>
    /// <param name="collection">Name or alias.</param>
    /// <param name="columns">As for <see cref="InsertAsync(string, string, IEnumerable{FieldData}, string, CancellationToken)"/>.</param>
    /// <param name="partition">Rows of these keys in other partitions stay.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<MutationResult> UpsertAsync(string database, string collection, IEnumerable<FieldData> columns, string partition = "", CancellationToken cancellation = default)
    {
        UpsertRequest request = new() { DbName = database, CollectionName = collection, PartitionName = partition, FieldsData = { columns } };
        request.NumRows = RowsOf(request.FieldsData);
        return UpsertAsync(request, cancellation);
    }

    /// <summary>Deletes rows by int64 key, whether they are there or not.</summary>
    public Task<MutationResult> DeleteAsync(string database, string collection, IEnumerable<long> keys, string partition = "", CancellationToken cancellation = default) =>
        DeleteByKeysAsync(database, collection, string.Join(',', keys), partition, cancellation);

    /// <summary>Deletes rows by VarChar key, whether they are there or not.</summary>
    public Task<MutationResult> DeleteAsync(string database, string collection, IEnumerable<string> keys, string partition = "", CancellationToken cancellation = default) =>
        DeleteByKeysAsync(
            database, collection, string.Join(',', keys.Select(key => "\"" + key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"")), partition, cancellation);

    /// <summary>Deletes rows that fit an expression. Other than by key, the collection must be loaded.</summary>
    public Task<MutationResult> DeleteAsync(string database, string collection, string expression, string partition = "", CancellationToken cancellation = default) =>
        DeleteAsync(new DeleteRequest { DbName = database, CollectionName = collection, PartitionName = partition, Expr = expression }, cancellation);

    internal Task<MutationResult> InsertAsync(InsertRequest request, CancellationToken cancellation) =>
        ChangeAsync(() => AskAsync(MilvusMethods.Insert, request, cancellation), cancellation);

    internal Task<MutationResult> UpsertAsync(UpsertRequest request, CancellationToken cancellation) =>
        ChangeAsync(() => AskAsync(MilvusMethods.Upsert, request, cancellation), cancellation);

    internal Task<MutationResult> DeleteAsync(DeleteRequest request, CancellationToken cancellation) =>
        ChangeAsync(() => AskAsync(MilvusMethods.Delete, request, cancellation), cancellation);

    private Task<MutationResult> DeleteByKeysAsync(string database, string collection, string keys, string partition, CancellationToken cancellation)
    {
        string key = Find(database, collection)?.PrimaryKey.Name ?? throw Refusal.NoCollection(DatabaseOr(database), collection);
        return DeleteAsync(database, collection, $"{key} in [{keys}]", partition, cancellation);
    }

    private static uint RowsOf(IList<FieldData> columns) => columns.Count == 0 ? 0 : (uint)Math.Max(0, Columns.Rows(columns[0]));
}
