using Google.Protobuf;
using MilvusCdc.Protocol.Milvus.Api;
using MilvusCdc.Protocol.Milvus.Common;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Source;

/// <summary>A source's calls as they come over gRPC: changes go through the source, which publishes them; questions to the instance behind it.</summary>
internal sealed class SourceCalls
{
    private readonly SourceMilvus _source;
    private readonly TimeProvider _time;
    private readonly Dispatcher _changes = new(new Lock());
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public SourceCalls(SourceMilvus source, TimeProvider time)
    {
        _source = source;
        _time = time;
        RegisterCollections();
        RegisterOperations();
        RegisterRows();
        RegisterAccess();
    }

    /// <summary>Handles one call, as <see cref="Target.StandInMilvus.HandleAsync"/> does.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> HandleAsync(string method, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        string name = method[(method.LastIndexOf('/') + 1)..];
        RefusalException? forced = await _source.CallFaults.ApplyAsync(name, _time, cancellation);
        CallContext context = new(metadata, cancellation) { Forced = forced };
        ReadOnlyMemory<byte> response = _names.Contains(name) ? await _changes.HandleAsync(name, request, context) : await _source.AskAsync(name, request, context);
        return _source.CallFaults.LoseAnswers ? throw Target.FaultSwitches.ConnectionBroke() : response;
    }

    private void RegisterCollections()
    {
        On<CreateDatabaseRequest>("CreateDatabase", (r, c) => _source.CreateDatabaseAsync(r, c.Cancellation));
        On<DropDatabaseRequest>("DropDatabase", (r, c) => _source.DropDatabaseAsync(r, c.Cancellation));
        On<CreateCollectionRequest>("CreateCollection", (r, c) => _source.CreateCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<DropCollectionRequest>("DropCollection", (r, c) => _source.DropCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<RenameCollectionRequest>("RenameCollection", (r, c) => _source.RenameCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<AlterCollectionRequest>("AlterCollection", (r, c) => _source.AlterCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<CreatePartitionRequest>("CreatePartition", (r, c) => _source.CreatePartitionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<DropPartitionRequest>("DropPartition", (r, c) => _source.DropPartitionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<CreateAliasRequest>("CreateAlias", (r, c) => _source.CreateAliasAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<AlterAliasRequest>("AlterAlias", (r, c) => _source.AlterAliasAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<DropAliasRequest>("DropAlias", (r, c) => _source.DropAliasAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        if (_source.Options.Version.AltersDatabases)
        {
            On<AlterDatabaseRequest>("AlterDatabase", (r, c) => _source.AlterDatabaseAsync(r, c.Cancellation));
        }
    }

    private void RegisterOperations()
    {
        On<CreateIndexRequest>("CreateIndex", (r, c) => _source.CreateIndexAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<DropIndexRequest>("DropIndex", (r, c) => _source.DropIndexAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<LoadCollectionRequest>("LoadCollection", (r, c) => _source.LoadCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<ReleaseCollectionRequest>("ReleaseCollection", (r, c) => _source.ReleaseCollectionAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<LoadPartitionsRequest>("LoadPartitions", (r, c) => _source.LoadPartitionsAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<ReleasePartitionsRequest>("ReleasePartitions", (r, c) => _source.ReleasePartitionsAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        On<FlushRequest, FlushResponse>(
            "Flush", (r, c) => _source.FlushAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation), (_, s) => new() { Status = s });
        if (_source.Options.Version.AltersIndexes)
        {
            On<AlterIndexRequest>("AlterIndex", (r, c) => _source.AlterIndexAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation));
        }
    }

    private void RegisterRows()
    {
        On<InsertRequest, MutationResult>(
            "Insert", (r, c) => _source.InsertAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation), (r, s) => Refused(s, r.NumRows));
        On<UpsertRequest, MutationResult>(
            "Upsert", (r, c) => _source.UpsertAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation), (r, s) => Refused(s, r.NumRows));
        On<DeleteRequest, MutationResult>(
            "Delete", (r, c) => _source.DeleteAsync(In(r, c, r.DbName, (x, db) => x.DbName = db), c.Cancellation), (_, s) => new() { Status = s });
    }

    private void RegisterAccess()
    {
        On<CreateCredentialRequest>("CreateCredential", (r, c) => _source.CreateCredentialAsync(r, c.Cancellation));
        On<UpdateCredentialRequest>("UpdateCredential", (r, c) => _source.UpdateCredentialAsync(r, c.Cancellation));
        On<DeleteCredentialRequest>("DeleteCredential", (r, c) => _source.DeleteCredentialAsync(r, c.Cancellation));
        On<CreateRoleRequest>("CreateRole", (r, c) => _source.CreateRoleAsync(r, c.Cancellation));
        On<DropRoleRequest>("DropRole", (r, c) => _source.DropRoleAsync(r, c.Cancellation));
        On<OperateUserRoleRequest>("OperateUserRole", (r, c) => _source.OperateUserRoleAsync(r, c.Cancellation));
        On<OperatePrivilegeRequest>("OperatePrivilege", (r, c) => _source.OperatePrivilegeAsync(r, c.Metadata, c.Cancellation));
    }

    private void On<TRequest>(string method, Func<TRequest, CallContext, Task> handle)
        where TRequest : IMessage<TRequest>, new() => On<TRequest, Status>(
            method,
            async (request, context) =>
            {
                await handle(request, context);
                return new Status();
            },
            (_, status) => status);

    private void On<TRequest, TResponse>(string method, Func<TRequest, CallContext, Task<TResponse>> handle, Func<TRequest, Status, TResponse> refuse)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage
    {
        _names.Add(method);
        _changes.On<TRequest, TResponse>(method, (request, context) => new ValueTask<TResponse>(handle(request, context)), refuse);
    }

    /// <summary>The database that the connection is for counts where the request names none.</summary>
    private static TRequest In<TRequest>(TRequest request, CallContext context, string named, Action<TRequest, string> set)
    {
        set(request, context.DatabaseOf(named));
        return request;
    }

    private static MutationResult Refused(Status status, uint rows) => new() { Status = status, ErrIndex = { Enumerable.Range(0, (int)rows).Select(row => (uint)row) } };
}
