using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>CreateAlias, AlterAlias, DropAlias.</summary>
internal static class AliasCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<CreateAliasRequest>("CreateAlias", (r, c) => Create(instance, c.DatabaseOf(r.DbName), r.CollectionName, r.Alias));
        on.On<AlterAliasRequest>("AlterAlias", (r, c) => Alter(instance, c.DatabaseOf(r.DbName), r.CollectionName, r.Alias));
        on.On<DropAliasRequest>("DropAlias", (r, c) => instance.Databases.GetValueOrDefault(c.DatabaseOf(r.DbName))?.Aliases.Remove(r.Alias));
    }

    private static void Create(Instance instance, string databaseName, string collectionName, string alias)
    {
        Database database = instance.Database(databaseName);
        CheckFree(database, alias);
        if (database.Aliases.TryGetValue(alias, out Collection? holder) && holder.Name != collectionName)
        {
            throw new RefusalException(1602, ErrorCode.UnexpectedError,
                $"{alias} is alias to another collection: {holder.Name}: alias already exist[database={databaseName}][alias={alias}]");
        }

        database.Aliases[alias] = database.Collections.GetValueOrDefault(collectionName) ?? throw Refusal.NoCollection(databaseName, collectionName);
    }

    private static void Alter(Instance instance, string databaseName, string collectionName, string alias)
    {
        Database database = instance.Database(databaseName);
        CheckFree(database, alias);
        Collection collection = database.Collections.GetValueOrDefault(collectionName) ?? throw Refusal.NoCollection(databaseName, collectionName);
        if (!database.Aliases.ContainsKey(alias))
        {
            throw Refusal.NoAlias(databaseName, alias);
        }

        database.Aliases[alias] = collection;
    }

    private static void CheckFree(Database database, string alias)
    {
        if (database.Collections.ContainsKey(alias))
        {
            throw new RefusalException(1601, ErrorCode.UnexpectedError,
                $"alias and collection name conflict[database={database.Name}][alias={alias}]");
        }
    }
}
