using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Protocol.Milvus.Schema;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>DescribeCollection, ShowCollections, HasCollection, GetCollectionStatistics.</summary>
internal static class DescribeCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<DescribeCollectionRequest, DescribeCollectionResponse>("DescribeCollection",
            (r, c) =>
            {
                lock (instance.Gate)
                {
                    return ValueTask.FromResult(Describe(instance, c.DatabaseOf(r.DbName), r));
                }
            },
            (r, s) => new() { Status = s, Schema = new(), CollectionName = r.CollectionName, DbName = r.DbName });
        on.On<ShowCollectionsRequest, ShowCollectionsResponse>("ShowCollections", (r, c) => Show(instance, c.DatabaseOf(r.DbName), r), s => new() { Status = s });
        on.On<HasCollectionRequest, BoolResponse>("HasCollection",
            (r, c) => new() { Status = new(), Value = instance.Databases.GetValueOrDefault(c.DatabaseOf(r.DbName))?.Find(r.CollectionName) is not null },
            s => new() { Status = s });
        on.On<GetCollectionStatisticsRequest, GetCollectionStatisticsResponse>("GetCollectionStatistics",
            (r, c) => Statistics(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName)), s => new() { Status = s });
    }

    private static DescribeCollectionResponse Describe(Instance instance, string database, DescribeCollectionRequest request)
    {
        Collection collection = Find(instance, database, request);
        DescribeCollectionResponse response = new()
        {
            Status = new(),
            Schema = new CollectionSchema
            {
                Name = collection.Name,
                Description = collection.Schema.Description,
                AutoID = collection.Schema.AutoID,
                EnableDynamicField = collection.Schema.EnableDynamicField,
                Fields = { collection.Schema.Fields },
            },
            CollectionID = collection.Id,
            CreatedTimestamp = collection.CreatedAt,
            CreatedUtcTimestamp = TsoClock.Milliseconds(collection.CreatedAt),
            ShardsNum = collection.Shards.Count,
            ConsistencyLevel = collection.Level,
            CollectionName = request.CollectionName.Length > 0 ? request.CollectionName : collection.Name,
            DbName = collection.Database.Name,
            NumPartitions = collection.Partitions.Count,
        };
        response.VirtualChannelNames.Add(collection.Shards.Select(s => s.Name));
        response.PhysicalChannelNames.Add(collection.Shards.Select(s => s.Physical.Name));
        response.Aliases.Add(collection.Database.Aliases.Where(a => a.Value == collection).Select(a => a.Key).Order(StringComparer.Ordinal));
        response.Properties.Add(collection.Properties);
        return response;
    }

    private static Collection Find(Instance instance, string databaseName, DescribeCollectionRequest request)
    {
        Database? database = instance.Databases.GetValueOrDefault(databaseName);
        if (request.CollectionName.Length == 0)
        {
            return instance.ById.GetValueOrDefault(request.CollectionID) is { Dropped: false } byId
                ? byId
                : throw Refusal.NotDescribed($"collection not found[collection={request.CollectionID}]");
        }

        return database?.Find(request.CollectionName)
            ?? throw Refusal.NotDescribed(database?.Dropped.TryGetValue(request.CollectionName, out long id) == true
                ? $"collection not found[collection={id}]"
                : $"collection not found[database={databaseName}][collection={request.CollectionName}]");
    }

    private static ShowCollectionsResponse Show(Instance instance, string database, ShowCollectionsRequest request)
    {
        ShowCollectionsResponse response = new() { Status = new() };
        bool loadedOnly = request.Type == ShowType.InMemory || request.CollectionNames.Count > 0;
        foreach (Collection collection in instance.Database(database).Collections.Values.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            if (loadedOnly && (collection.Load is null || (request.CollectionNames.Count > 0 && !request.CollectionNames.Contains(collection.Name))))
            {
                continue;
            }

            response.CollectionNames.Add(collection.Name);
            response.CollectionIds.Add(collection.Id);
            response.CreatedTimestamps.Add(collection.CreatedAt);
            response.CreatedUtcTimestamps.Add(TsoClock.Milliseconds(collection.CreatedAt));
            if (loadedOnly)
            {
                response.InMemoryPercentages.Add(collection.Load!.Done ? 100 : 0);
                response.QueryServiceAvailable.Add(collection.Load.Done);
            }
        }

        return response;
    }

    private static GetCollectionStatisticsResponse Statistics(Collection collection) => new()
    {
        Status = new(),
        Stats = { new KeyValuePair { Key = "row_count", Value = collection.FlushedRows.ToString(System.Globalization.CultureInfo.InvariantCulture) } },
    };
}
