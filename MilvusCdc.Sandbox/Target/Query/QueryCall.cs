using System.Globalization;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Query: waits as its consistency level asks, then filters, keeps one row a key, and answers in columns.</summary>
internal sealed class QueryCall(Instance instance)
{
    private const string Count = "count(*)";
    private readonly ReadGate _gate = new(instance);

    public void Register(Dispatcher on) => on.On<QueryRequest, QueryResults>("Query", QueryAsync, (_, s) => new() { Status = s });

    private async ValueTask<QueryResults> QueryAsync(QueryRequest request, CallContext context)
    {
        Collection collection;
        Filter? filter;
        ReadPoint point;
        lock (instance.Gate)
        {
            collection = instance.Collection(context.DatabaseOf(request.DbName), request.CollectionName);
            filter = FilterOf(request, collection);
            foreach (string name in request.PartitionNames)
            {
                collection.Partition(name);
            }

            point = ReadPoint.Of(
                request.UseDefaultConsistency ? collection.Level : request.ConsistencyLevel, request.UseDefaultConsistency, request.GuaranteeTimestamp, instance.ReadTime());
            if (collection.Load is null)
            {
                throw Refusal.NotLoaded(collection.Id, "failed to query: ");
            }
        }

        await _gate.WaitAsync(collection, point, context.Cancellation);
        lock (instance.Gate)
        {
            return Answer(request, collection, filter, point.Moment);
        }
    }

    private static Filter? FilterOf(QueryRequest request, Collection collection)
    {
        if (request.Expr.Length > 0)
        {
            return FilterNames.Parse(request.Expr, collection);
        }

        return request.OutputFields.Contains(Count) || request.QueryParams.Any(p => p.Key == "limit")
            ? null
            : throw Refusal.BadParameter("empty expression should be used with limit");
    }

    private static QueryResults Answer(QueryRequest request, Collection collection, Filter? filter, ulong moment)
    {
        IEnumerable<RowVersion> found = ReadGate.Visible(collection, request.PartitionNames, filter, moment);
        if (request.OutputFields.Contains(Count))
        {
            return ResultColumns.Count(found.LongCount());
        }

        // A key that is there more than once shows its oldest row.
        IEnumerable<RowVersion> rows = found.GroupBy(r => r.Key).Select(g => g.MinBy(r => r.Timestamp)!).OrderBy(r => r.Key);
        if (Parameter(request, "offset") is { } offset)
        {
            rows = rows.Skip(offset);
        }

        if (Parameter(request, "limit") is { } limit)
        {
            rows = rows.Take(limit);
        }

        (IReadOnlyList<FieldData> columns, IReadOnlyList<string> names) = ResultColumns.Of(collection, request.OutputFields, rows.ToList(), withKey: true);
        return new QueryResults { Status = new Status(), FieldsData = { columns }, OutputFields = { names }, CollectionName = request.CollectionName };
    }

    private static int? Parameter(QueryRequest request, string name) =>
        request.QueryParams.FirstOrDefault(p => p.Key == name) is not { } parameter ? null
        : int.TryParse(parameter.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
        : throw Refusal.BadParameter($"{name} [{parameter.Value}] is invalid");
}
