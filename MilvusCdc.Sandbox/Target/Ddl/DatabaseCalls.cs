using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>CreateDatabase, DropDatabase, ListDatabases.</summary>
internal static class DatabaseCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<CreateDatabaseRequest>("CreateDatabase", (request, _) => Create(instance, request));
        on.On<DropDatabaseRequest>("DropDatabase", (request, _) => Drop(instance, request.DbName));
        on.On<AlterDatabaseRequest>("AlterDatabase", (request, _) => Alter(instance, request));
        on.On<ListDatabasesRequest, ListDatabasesResponse>("ListDatabases", (_, _) => List(instance), s => new() { Status = s });
    }

    private static void Create(Instance instance, CreateDatabaseRequest request)
    {
        string name = request.DbName;
        if (name.Length == 0 || !Names.OnlyWordCharacters(name))
        {
            throw new RefusalException(802, ErrorCode.UnexpectedError,
                $"database name can only contain numbers, letters and underscores: invalid database name[database={name}]");
        }

        long created = instance.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        Database database = new(instance.NextId(), name, created);
        if (!instance.Databases.TryAdd(name, database))
        {
            throw Refusal.Unexpected($"database already exist: {name}");
        }

        database.Properties.AddRange(request.Properties);

        instance.OwnOperations++;
    }

    private static void Drop(Instance instance, string name)
    {
        if (name == CallContext.DefaultDatabase)
        {
            throw Refusal.Unexpected("can not drop default database");
        }

        if (instance.Databases.TryGetValue(name, out Database? database))
        {
            if (database.Collections.Count > 0)
            {
                throw Refusal.Unexpected($"database:{name} not empty, must drop all collections before drop database");
            }

            instance.Databases.Remove(name);
            instance.OwnOperations++;
        }
    }

    private static void Alter(Instance instance, AlterDatabaseRequest request)
    {
        Database database = instance.Databases.GetValueOrDefault(request.DbName)
            ?? throw new RefusalException(800, ErrorCode.UnexpectedError, $"database not found[database={request.DbName}]");
        PropertyList.Alter(database.Properties, request.Properties, request.DeleteKeys);
        instance.OwnOperations++;
    }

    private static ListDatabasesResponse List(Instance instance)
    {
        ListDatabasesResponse response = new() { Status = new() };
        foreach (Database database in instance.Databases.Values.OrderBy(d => d.Id))
        {
            response.DbNames.Add(database.Name);
            response.CreatedTimestamp.Add((ulong)database.Created);
        }

        return response;
    }
}
