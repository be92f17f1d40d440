using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Ddl;

/// <summary>DropCollection, RenameCollection, AlterCollection.</summary>
internal static class CollectionCalls
{
    public static void Register(Dispatcher on, Instance instance)
    {
        on.On<DropCollectionRequest>("DropCollection", (r, c) => Drop(instance, c.DatabaseOf(r.DbName), r.CollectionName));
        on.On<RenameCollectionRequest>("RenameCollection", (r, c) => Rename(instance, c.DatabaseOf(r.DbName), r));
        on.On<AlterCollectionRequest>("AlterCollection", (r, c) => Alter(instance, c.DatabaseOf(r.DbName), r));
    }

    private static void Drop(Instance instance, string databaseName, string name)
    {
        if (!instance.Databases.TryGetValue(databaseName, out Database? database))
        {
            return;
        }

        if (database.Aliases.ContainsKey(name))
        {
            throw Refusal.Unexpected($"cannot drop the collection via alias = {name}");
        }

        if (!database.Collections.Remove(name, out Collection? collection))
        {
            return;
        }

        collection.Dropped = true;
        collection.Load = null;
        instance.Watches.Release(collection);
        database.Dropped[name] = collection.Id;
        foreach (string alias in database.Aliases.Where(a => a.Value == collection).Select(a => a.Key).ToList())
        {
            database.Aliases.Remove(alias);
        }

        instance.Settle();
    }

    private static void Rename(Instance instance, string databaseName, RenameCollectionRequest request)
    {
        Names.CheckCollection(request.NewName);
        Database from = instance.Database(databaseName);
        Database to = request.NewDBName.Length > 0 ? instance.Database(request.NewDBName) : from;
        if (to.Find(request.NewName) is not null)
        {
            throw Refusal.Unexpected($"duplicated new collection name {to.Name}:{request.NewName} with other collection name or alias");
        }

        if (!from.Collections.Remove(request.OldName, out Collection? collection))
        {
            throw from.Aliases.ContainsKey(request.OldName)
                ? Refusal.Unexpected($"unsupported use an alias to rename collection, alias:{request.OldName}")
                : Refusal.NoCollection(from.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), request.OldName);
        }

        collection.Name = request.NewName;
        collection.Database = to;
        collection.Schema.Name = request.NewName;
        to.Collections[request.NewName] = collection;
        to.Dropped.Remove(request.NewName);
    }

    private static void Alter(Instance instance, string databaseName, AlterCollectionRequest request)
    {
        Database database = instance.Database(databaseName);
        Collection collection = database.Find(request.CollectionName) ?? throw new RefusalException(
            100, Protocol.Milvus.Common.ErrorCode.CollectionNotExists,
            $"timestamp = {instance.Clock.Next()}: collection not found[database={database.Id}][collection={request.CollectionName}]");
        PropertyList.Alter(collection.Properties, request.Properties, request.DeleteKeys);
    }
}
