using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;
using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>What clients ask only to show it: aliases, users and roles, how far an index is, a partition's rows, a database.</summary>
internal static class StatisticsCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<DescribeAliasRequest, DescribeAliasResponse>("DescribeAlias", (r, c) => Describe(instance, c.DatabaseOf(r.DbName), r.Alias), s => new() { Status = s });
        on.On<ListAliasesRequest, ListAliasesResponse>("ListAliases", (r, c) => List(instance, c.DatabaseOf(r.DbName), r.CollectionName), s => new() { Status = s });
        on.On<DescribeDatabaseRequest, DescribeDatabaseResponse>("DescribeDatabase", (r, c) => Describe(instance, c.DatabaseOf(r.DbName)), s => new() { Status = s });
        on.On<GetPartitionStatisticsRequest, GetPartitionStatisticsResponse>("GetPartitionStatistics",
            (r, c) => Statistics(instance.Collection(c.DatabaseOf(r.DbName), r.CollectionName), r.PartitionName), s => new() { Status = s });
        on.On<GetIndexStateRequest, GetIndexStateResponse>("GetIndexState",
            (r, c) => new() { Status = new(), State = IndexOf(instance, c.DatabaseOf(r.DbName), r.CollectionName, r.IndexName, r.FieldName) is null ? IndexState.None : IndexState.Finished },
            s => new() { Status = s });
        on.On<GetIndexBuildProgressRequest, GetIndexBuildProgressResponse>("GetIndexBuildProgress",
            (r, c) => Progress(instance, c.DatabaseOf(r.DbName), r), s => new() { Status = s });
        on.On<ListCredUsersRequest, ListCredUsersResponse>("ListCredUsers",
            (_, _) => new() { Status = new(), Usernames = { instance.Access.Users.Keys.Order(StringComparer.Ordinal) } }, s => new() { Status = s });
        on.On<SelectRoleRequest, SelectRoleResponse>("SelectRole", (r, _) => Roles(instance, r), s => new() { Status = s });
    }

    private static DescribeAliasResponse Describe(Instance instance, string database, string alias) =>
        instance.Database(database).Aliases.TryGetValue(alias, out Collection? collection)
            ? new() { Status = new(), DbName = database, Alias = alias, Collection = collection.Name }
            : throw Refusal.NoAlias(database, alias);

    private static ListAliasesResponse List(Instance instance, string databaseName, string collectionName)
    {
        Database database = instance.Database(databaseName);
        Collection? only = collectionName.Length > 0 ? instance.Collection(databaseName, collectionName) : null;
        return new()
        {
            Status = new(),
            DbName = databaseName,
            CollectionName = collectionName,
            Aliases = { database.Aliases.Where(one => only is null || one.Value == only).Select(one => one.Key).Order(StringComparer.Ordinal) },
        };
    }

    private static DescribeDatabaseResponse Describe(Instance instance, string name)
    {
        Database database = instance.Databases.GetValueOrDefault(name)
            ?? throw new RefusalException(800, ErrorCode.UnexpectedError, $"database not found[database={name}]");
        return new() { Status = new(), DbName = name, DbID = database.Id, CreatedTimestamp = (ulong)database.Created, Properties = { database.Properties } };
    }

    private static GetPartitionStatisticsResponse Statistics(Collection collection, string partitionName)
    {
        Partition partition = collection.Partition(partitionName);
        long rows = collection.FlushedAt == 0 ? 0 : collection.Rows.LongCount(row => row.PartitionId == partition.Id && row.Timestamp <= collection.FlushedAt);
        return new() { Status = new(), Stats = { new KeyValuePair { Key = "row_count", Value = $"{rows}" } } };
    }

    private static GetIndexBuildProgressResponse Progress(Instance instance, string database, GetIndexBuildProgressRequest request)
    {
        Collection collection = instance.Collection(database, request.CollectionName);
        _ = IndexOf(instance, database, request.CollectionName, request.IndexName, request.FieldName) ?? throw Refusal.NoIndex(collection.Name);
        return new() { Status = new(), IndexedRows = collection.FlushedRows, TotalRows = collection.FlushedRows };
    }

    private static CollectionIndex? IndexOf(Instance instance, string database, string collection, string index, string field) =>
        instance.Collection(database, collection).Indexes.Find(one => (index.Length == 0 || one.Name == index) && (field.Length == 0 || one.Field == field));

    private static SelectRoleResponse Roles(Instance instance, SelectRoleRequest request)
    {
        SelectRoleResponse response = new() { Status = new() };
        foreach ((string role, HashSet<string> users) in instance.Access.Roles.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (request.Role is null || request.Role.Name == role)
            {
                IEnumerable<UserEntity> shown = request.IncludeUserInfo ? users.Order(StringComparer.Ordinal).Select(user => new UserEntity { Name = user }) : [];
                response.Results.Add(new RoleResult { Role = new RoleEntity { Name = role }, Users = { shown } });
            }
        }

        return response;
    }
}
