using System.Globalization;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Processes;
using MilvusPair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Comparison;

/// <summary>What a Milvus holds: rows and structure of all collections by <c>database/collection</c>.</summary>
public sealed record TargetContent(IReadOnlyDictionary<string, CollectionRows> Rows, IReadOnlyDictionary<string, CollectionStructure> Structures);

/// <summary>
/// Reads a whole Milvus back through its own API, with strong consistency. Only a loaded collection answers queries: one that is not is loaded for the read (with an index of our
/// own where none is) and released again. Throws <see cref="SandboxException"/> when the server is away or refuses.
/// </summary>
public sealed class TargetReader(Uri target) : IDisposable
{
    private const int PageRows = 1000;
    private const string OwnIndex = "sandbox_read_back";

    private readonly TargetCalls _calls = new(target);

    /// <summary>Everything.</summary>
    public async Task<TargetContent> ReadAsync(CancellationToken cancellation)
    {
        Dictionary<string, CollectionRows> rows = new(StringComparer.Ordinal);
        Dictionary<string, CollectionStructure> structures = new(StringComparer.Ordinal);
        foreach (string database in await _calls.DatabasesAsync(cancellation))
        {
            foreach (string collection in await _calls.CollectionsAsync(database, cancellation))
            {
                DescribeCollectionResponse description = await _calls.DescribeAsync(database, collection, cancellation);
                CollectionStructure structure = await StructureAsync(database, collection, description, cancellation);
                structures.Add($"{database}/{collection}", structure);
                rows.Add($"{database}/{collection}", await RowsAsync(database, collection, description, structure, cancellation));
            }
        }

        return new TargetContent(rows, structures);
    }

    /// <summary>The rows of one collection.</summary>
    public async Task<CollectionRows> ReadAsync(string database, string collection, CancellationToken cancellation)
    {
        DescribeCollectionResponse description = await _calls.DescribeAsync(database, collection, cancellation);
        return await RowsAsync(database, collection, description, await StructureAsync(database, collection, description, cancellation), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _calls.Dispose();

    private async Task<CollectionStructure> StructureAsync(string database, string collection, DescribeCollectionResponse description, CancellationToken cancellation) => new(
        [.. description.Schema.Fields.Where(field => !field.IsDynamic).Select(field => field.Name)],
        await _calls.PartitionsAsync(database, collection, cancellation),
        await _calls.IndexesAsync(database, collection, cancellation),
        [.. description.Aliases],
        await _calls.LoadStateAsync(database, collection, cancellation));

    private async Task<CollectionRows> RowsAsync(string database, string collection, DescribeCollectionResponse description, CollectionStructure structure, CancellationToken cancellation)
    {
        bool mustLoad = structure.Load != "Loaded";
        FieldSchema? mustIndex = mustLoad && structure.Indexes.Count == 0 ? description.Schema.Fields.First(field => field.DataType >= DataType.BinaryVector) : null;
        if (mustIndex is not null)
        {
            await _calls.CreateIndexAsync(database, collection, mustIndex, OwnIndex, cancellation);
        }

        if (mustLoad)
        {
            await _calls.LoadAsync(database, collection, cancellation);
        }

        CollectionRows rows = await QueryAllAsync(database, collection, description.Schema, structure.Partitions, cancellation);
        if (mustLoad)
        {
            await _calls.ReleaseAsync(database, collection, cancellation);
        }

        if (mustIndex is not null)
        {
            await _calls.DropIndexAsync(database, collection, mustIndex.Name, OwnIndex, cancellation);
        }

        return rows;
    }

    private async Task<CollectionRows> QueryAllAsync(string database, string collection, CollectionSchema schema, IReadOnlyList<string> partitions, CancellationToken cancellation)
    {
        FieldSchema primary = schema.Fields.Single(field => field.IsPrimaryKey);
        List<Row> rows = [];

        // With a partition key Milvus refuses to name partitions.
        string?[] parts = schema.Fields.Any(field => field.IsPartitionKey) ? [null] : [.. partitions];
        foreach (string? partition in parts)
        {
            await AddRowsAsync(rows, database, collection, primary, partition, cancellation);
        }

        QueryResults count = await _calls.QueryAsync(Query(database, collection, null, "", ["count(*)"], limit: null), cancellation);
        return new CollectionRows($"{database}/{collection}", primary.Name, rows, count.FieldsData.Single().Scalars.LongData.Data.Single());
    }

    private async Task AddRowsAsync(List<Row> rows, string database, string collection, FieldSchema primary, string? partition, CancellationToken cancellation)
    {
        string after = "";
        while (true)
        {
            QueryResults page = await _calls.QueryAsync(Query(database, collection, partition, after, ["*"], PageRows), cancellation);
            FieldData? keys = page.FieldsData.FirstOrDefault(column => column.FieldName == primary.Name);
            int found = primary.DataType == DataType.VarChar ? keys?.Scalars?.StringData?.Data.Count ?? 0 : keys?.Scalars?.LongData?.Data.Count ?? 0;
            if (found == 0)
            {
                return;
            }

            rows.AddRange(ColumnValues.ToRows(page.FieldsData, found).Select(fields => new Row(partition, fields)));

            // A page may be short before the end; only an empty one is the last.
            after = primary.DataType == DataType.VarChar
                ? $"{primary.Name} > \"{keys!.Scalars.StringData.Data.Max(StringComparer.Ordinal)!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
                : string.Create(CultureInfo.InvariantCulture, $"{primary.Name} > {keys!.Scalars.LongData.Data.Max()}");
        }
    }

    private static QueryRequest Query(string database, string collection, string? partition, string expression, string[] fields, int? limit)
    {
        QueryRequest query = new() { DbName = database, CollectionName = collection, Expr = expression, ConsistencyLevel = ConsistencyLevel.Strong };
        query.OutputFields.AddRange(fields);
        if (partition is not null)
        {
            query.PartitionNames.Add(partition);
        }

        if (limit is { } rows)
        {
            query.QueryParams.Add(new MilvusPair { Key = "limit", Value = rows.ToString(CultureInfo.InvariantCulture) });
            query.QueryParams.Add(new MilvusPair { Key = "reduce_stop_for_best", Value = "True" });
        }

        return query;
    }
}
