using System.Runtime.InteropServices;
using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Query;

/// <summary>Search: waits as Query does, then measures every row. Exact, whatever the index.</summary>
internal sealed class SearchCall(Instance instance)
{
    private readonly ReadGate _gate = new(instance);

    public void Register(Dispatcher on) => on.On<SearchRequest, SearchResults>("Search", SearchAsync, (_, s) => new() { Status = s });

    private async ValueTask<SearchResults> SearchAsync(SearchRequest request, CallContext context)
    {
        Collection collection;
        Filter? filter;
        SearchOrder order;
        ReadPoint point;
        lock (instance.Gate)
        {
            collection = instance.Collection(context.DatabaseOf(request.DbName), request.CollectionName);
            if (collection.Load is null)
            {
                throw Refusal.NotLoaded(collection.Id, "failed to search: ");
            }

            order = SearchOrder.Read(request, collection);
            filter = request.Dsl.Length > 0 ? FilterNames.Parse(request.Dsl, collection) : null;
            foreach (string name in request.PartitionNames)
            {
                collection.Partition(name);
            }

            point = ReadPoint.Of(request.UseDefaultConsistency ? collection.Level : request.ConsistencyLevel, request.UseDefaultConsistency, request.GuaranteeTimestamp, instance.ReadTime());
        }

        await _gate.WaitAsync(collection, point, context.Cancellation);
        lock (instance.Gate)
        {
            return Answer(request, collection, order, [.. ReadGate.Visible(collection, request.PartitionNames, filter, point.Moment)]);
        }
    }

    private static SearchResults Answer(SearchRequest request, Collection collection, SearchOrder order, List<RowVersion> rows)
    {
        List<RowVersion> found = [];
        SearchResultData results = new() { NumQueries = order.Vectors.Count, TopK = order.Rows };
        List<(RowVersion Row, byte[] Vector)> candidates = [.. rows.GroupBy(row => row.Key).Select(same => same.MinBy(row => row.Timestamp)!).Select(row => (row, Bytes(row, order.Field)))];
        foreach (ByteString vector in order.Vectors)
        {
            IEnumerable<(RowVersion Row, float Score)> near = candidates.Select(one => (one.Row, Score: order.Distance.Score(vector.Span, one.Vector))).Where(one => order.InRange(one.Score));
            near = order.Distance.LargerIsNearer ? near.OrderByDescending(one => one.Score).ThenBy(one => one.Row.Key) : near.OrderBy(one => one.Score).ThenBy(one => one.Row.Key);
            int before = found.Count;
            foreach ((RowVersion row, float score) in near.Skip(order.Skip).Take(order.Rows))
            {
                found.Add(row);
                results.Scores.Add(score);
            }

            results.Topks.Add(found.Count - before);
        }

        results.Ids = Ids(collection, found);
        (IReadOnlyList<FieldData> columns, IReadOnlyList<string> names) = ResultColumns.Of(collection, request.OutputFields, found, withKey: false);
        results.FieldsData.Add(columns);
        results.OutputFields.Add(names);
        return new SearchResults { Status = new Status(), Results = results, CollectionName = request.CollectionName };
    }

    private static IDs Ids(Collection collection, List<RowVersion> rows) => collection.PrimaryKey.DataType == DataType.VarChar
        ? new IDs { StrId = new StringArray { Data = { rows.Select(row => row.Key.Text!) } } }
        : new IDs { IntId = new LongArray { Data = { rows.Select(row => row.Key.Number) } } };

    private static byte[] Bytes(RowVersion row, FieldSchema field) => Columns.Value(row.Batch.Column(field.FieldID)!, row.Line) switch
    {
        float[] numbers => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray(),
        byte[] bytes => bytes,
        _ => [],
    };
}
