using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Sandbox.Source.Metadata;
using MilvusCdc.Sandbox.Target.Model;

namespace MilvusCdc.Sandbox.Source;

/// <content>Databases.</content>
public sealed partial class SourceMilvus
{
    /// <summary>Makes a database.</summary>
    public Task CreateDatabaseAsync(string database, CancellationToken cancellation = default) =>
        CreateDatabaseAsync(new CreateDatabaseRequest { DbName = database }, cancellation);

    /// <summary>Drops an empty database. One that is not there is no error.</summary>
    public Task DropDatabaseAsync(string database, CancellationToken cancellation = default) =>
        DropDatabaseAsync(new DropDatabaseRequest { DbName = database }, cancellation);

    internal Task CreateDatabaseAsync(CreateDatabaseRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.CreateDatabase, request, cancellation);
            Database made = _instance.Databases[request.DbName];
            await _store.SaveAsync(_store.Keys.Database(made.Id), MetadataValues.Database(made), AllocateTimestamp(), cancellation);
            Publish(request, task);
        },
        cancellation);

    internal Task DropDatabaseAsync(DropDatabaseRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            Database? gone = _instance.Databases.GetValueOrDefault(request.DbName);
            await AskAsync(MilvusMethods.DropDatabase, request, cancellation);
            if (gone is not null)
            {
                await _store.BuryAsync([_store.Keys.Database(gone.Id)], AllocateTimestamp(), cancellation);
            }

            Publish(request, task);
        },
        cancellation);

    internal Task AlterDatabaseAsync(AlterDatabaseRequest request, CancellationToken cancellation) => ChangeAsync(
        async () =>
        {
            ulong task = AllocateTimestamp();
            await AskAsync(MilvusMethods.AlterDatabase, request, cancellation);
            Database database = _instance.Databases[request.DbName];
            await _store.SaveAsync(_store.Keys.Database(database.Id), MetadataValues.Database(database), AllocateTimestamp(), cancellation);
            Publish(request, task);
        },
        cancellation);
}
