using System.Collections.Concurrent;
using Google.Protobuf;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Source.Catalog;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Milvus;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Target;

/// <summary>Does on the target what a request of the replicate channel did on the source. Names in it are those of its own time; the source id tells what they are now.</summary>
internal sealed class OperationApplier(
    TargetDdl target,
    TaskRun run,
    NameMap names,
    ConcurrentDictionary<long, TargetCollection> collections,
    AccessApplier access)
{
    /// <summary>Flushes wait until the round's tick is out: a target whose collection has had no tick cannot flush (target-behaviour, 0.A).</summary>
    public static bool RunsAfterTick(Operation operation) => operation.Type == MsgType.Flush;

    /// <summary>Does one operation.</summary>
    public Task ApplyAsync(Operation operation, CancellationToken cancellation)
    {
        ulong at = operation.Timestamp;
        return operation.Request switch
        {
            LoadCollectionRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.LoadCollection, TargetDdl.Replay(r, c, at), c, cancellation)),
            ReleaseCollectionRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.ReleaseCollection, TargetDdl.Replay(r, c, at), c, cancellation)),
            LoadPartitionsRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.LoadPartitions, TargetDdl.Replay(r, c, at), c, cancellation)),
            ReleasePartitionsRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.ReleasePartitions, TargetDdl.Replay(r, c, at), c, cancellation)),
            CreateIndexRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.CreateIndex, TargetDdl.Replay(r, c, at), c, cancellation)),
            AlterIndexRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => Call(MilvusMethods.AlterIndex, TargetDdl.Replay(r, c, at), c, cancellation)),
            DropIndexRequest r => OnCollection(operation, r.DbName, r.CollectionName, c => DropIndexAsync(r, c, at, cancellation)),
            FlushRequest r => FlushAsync(operation, r, cancellation),
            AlterDatabaseRequest r => AlterDatabaseAsync(r, at, cancellation),
            CreateDatabaseRequest or DropDatabaseRequest or RenameCollectionRequest or AlterCollectionRequest or CreateAliasRequest or DropAliasRequest or AlterAliasRequest =>
                Task.CompletedTask, // The catalog has told it already, in the order of its timestamp.
            AlterCollectionFieldRequest => Refuse(operation, "change of a field's properties"),
            _ when AccessApplier.Handles(operation.Type) => access.ApplyAsync(operation, cancellation),
            _ => Refuse(operation, $"operation of type {(int)operation.Type}"),
        };
    }

    private async Task OnCollection(Operation operation, string database, string name, Func<TargetCollection, Task> apply)
    {
        string sourceDatabase = database is { Length: > 0 } ? database : NameMap.DefaultDatabase;
        if (run.Catalog.ResolveCollection(sourceDatabase, name, operation.Timestamp) is not { } id)
        {
            run.Progress.Notice($"{operation.Type} of a collection that the source no longer knows");
        }
        else if (collections.TryGetValue(id, out TargetCollection? collection) && !collection.Dropped)
        {
            await apply(collection);
        }
    }

    private Task Call<TRequest, TResponse>(MilvusMethod<TRequest, TResponse> method, TRequest request, TargetCollection collection, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        target.CallAsync(method, request, collection.Database, cancellation);

    /// <summary>An empty index name would drop the target's only index whatever field was named: the name is looked up by the field.</summary>
    private async Task DropIndexAsync(DropIndexRequest source, TargetCollection collection, ulong at, CancellationToken cancellation)
    {
        DropIndexRequest request = TargetDdl.Replay(source, collection, at);
        if (request.IndexName.Length == 0)
        {
            DescribeIndexResponse? indexes = await IndexesAsync(collection, cancellation);
            IndexDescription? named = indexes?.IndexDescriptions.FirstOrDefault(index => request.FieldName.Length == 0 || index.FieldName == request.FieldName);
            if (named is null)
            {
                return;
            }

            request.IndexName = named.IndexName;
        }

        try
        {
            await target.CallAsync(MilvusMethods.DropIndex, request, collection.Database, cancellation);
        }
        catch (MilvusException answer) when (answer.Reason.Contains("collection is loaded", StringComparison.Ordinal))
        {
            // The source's was not: sources before 2.3.6 do not tell that partitions were released.
            var release = new ReleaseCollectionRequest { Base = TargetDdl.Replicated(at), DbName = collection.Database, CollectionName = collection.Name };
            await target.CallAsync(MilvusMethods.ReleaseCollection, release, collection.Database, cancellation);
            await target.CallAsync(MilvusMethods.DropIndex, request, collection.Database, cancellation);
            run.Progress.Notice("collection released before the drop of an index");
        }
    }

    private async Task<DescribeIndexResponse?> IndexesAsync(TargetCollection collection, CancellationToken cancellation)
    {
        const int indexNotFound = 700;
        try
        {
            var request = new DescribeIndexRequest { DbName = collection.Database, CollectionName = collection.Name };
            return await target.CallAsync(MilvusMethods.DescribeIndex, request, collection.Database, cancellation);
        }
        catch (MilvusException answer) when (answer.Code == indexNotFound)
        {
            return null;
        }
    }

    private async Task FlushAsync(Operation operation, FlushRequest source, CancellationToken cancellation)
    {
        foreach (string name in source.CollectionNames)
        {
            await OnCollection(operation, source.DbName, name, collection =>
            {
                var request = new FlushRequest { Base = TargetDdl.Replicated(operation.Timestamp), DbName = collection.Database };
                request.CollectionNames.Add(collection.Name);
                return Call(MilvusMethods.Flush, request, collection, cancellation);
            });
        }
    }

    private async Task AlterDatabaseAsync(AlterDatabaseRequest source, ulong at, CancellationToken cancellation)
    {
        string database = names.Database(source.DbName);
        if (run.Task.Selection.TouchesDatabase(source.DbName) && await target.HasDatabaseAsync(database, cancellation))
        {
            AlterDatabaseRequest request = TargetDdl.Replay(source, at);
            request.DbName = database;
            request.DbId = "";
            await target.CallAsync(MilvusMethods.AlterDatabase, request, null, cancellation);
        }
    }

    private Task Refuse(Operation operation, string what)
    {
        if (run.Task.Policies.Unsupported == UnsupportedPolicy.Block)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Blocked,
                $"replicate channel, position {operation.Position}: a {what} cannot be replicated; do it by hand on the target and set the task's policy for unsupported changes to 'ignore' to go on");
        }

        run.Progress.Notice($"{what} ignored");
        return Task.CompletedTask;
    }
}
