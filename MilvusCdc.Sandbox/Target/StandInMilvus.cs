using System.Collections.Concurrent;
using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Target.Ddl;
using MilvusCdc.Sandbox.Target.Dml;
using MilvusCdc.Sandbox.Target.Model;
using MilvusCdc.Sandbox.Target.Query;
using MilvusCdc.Sandbox.Target.Replicate;
using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target;

/// <summary>
/// A Milvus 2.3.5 in memory, as a CDC target meets it: databases to rows, channels with logs, ticks that make rows visible, and loud failure on what would
/// kill or poison a real one. Behaviour is that of the recordings in recordings/target-2.3.5. Safe for concurrent use.
/// </summary>
public sealed partial class StandInMilvus
{
    private readonly Instance _instance;
    private readonly Health _health;
    private readonly Dispatcher _dispatcher;
    private readonly ConcurrentDictionary<string, long> _calls = new(StringComparer.Ordinal);

    /// <summary>Makes an empty instance with the database "default".</summary>
    public StandInMilvus(StandInOptions? options = null, TimeProvider? time = null)
    {
        Options = options ?? new StandInOptions();
        _instance = new Instance(Options, time ?? TimeProvider.System);
        _health = new Health(Options);
        _health.Poisoned += (_, poison) => Poisoned?.Invoke(this, poison);
        _dispatcher = new Dispatcher(_instance.Gate);
        ServerCalls.Register(_dispatcher, _instance);
        DatabaseCalls.Register(_dispatcher, _instance);
        new CreateCollectionCall(_instance, (kind, channel, what) => _health.Record(new Poison(kind, channel, -1, what, false))).Register(_dispatcher);
        CollectionCalls.Register(_dispatcher, _instance);
        DescribeCalls.Register(_dispatcher, _instance);
        PartitionCalls.Register(_dispatcher, _instance);
        IndexCalls.Register(_dispatcher, _instance);
        LoadCalls.Register(_dispatcher, _instance);
        AliasCalls.Register(_dispatcher, _instance);
        AccessCalls.Register(_dispatcher, _instance);
        FlushCalls.Register(_dispatcher, _instance);
        new ReplicateCall(_instance, _health, Faults).Register(_dispatcher);
        new QueryCall(_instance).Register(_dispatcher);
        new SearchCall(_instance).Register(_dispatcher);
        StatisticsCalls.Register(_dispatcher, _instance);
        new OrdinaryDml(_instance).Register(_dispatcher);
    }

    /// <summary>Raised for every poison, on the thread of the call that brought it.</summary>
    public event EventHandler<Poison>? Poisoned;

    internal Instance Instance => _instance;

    /// <summary>The options; may be changed at any time.</summary>
    public StandInOptions Options { get; }

    /// <summary>Faults a test can switch on.</summary>
    public FaultSwitches Faults { get; } = new();

    /// <summary>What would have killed or poisoned a real server, in order.</summary>
    public IReadOnlyList<Poison> Poisons => _health.Poisons;

    /// <summary>It has died of a poison: every call ends with UNAVAILABLE until <see cref="Restart"/>.</summary>
    public bool IsDead => _health.Dead;

    /// <summary>Called with the short method name after each call and before its answer leaves: the moment at which a test can look at the target between two calls of a client.</summary>
    public Func<string, ValueTask>? Handled { get; set; }

    /// <summary>Calls so far, by short method name.</summary>
    public IReadOnlyDictionary<string, long> Calls => _calls;

    /// <summary>As a process started again: alive, nothing acknowledged is lost.</summary>
    public void Restart() => _health.Revive();

    /// <summary>Handles one call.</summary>
    /// <param name="method">"/milvus.proto.milvus.MilvusService/Query" or "Query".</param>
    /// <param name="request">The request message's bytes.</param>
    /// <param name="metadata">Headers, names in lower case ("dbname", "authorization").</param>
    /// <param name="cancellation">The caller's deadline.</param>
    /// <returns>The response message's bytes; refusals by Milvus are in its Status.</returns>
    /// <exception cref="GrpcException">UNAVAILABLE (dead, or a fault), RESOURCE_EXHAUSTED (too big), UNIMPLEMENTED, INTERNAL (bad bytes).</exception>
    /// <exception cref="OperationCanceledException">The deadline came while the call waited for ticks.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> HandleAsync(
        string method, ReadOnlyMemory<byte> request, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        string name = method[(method.LastIndexOf('/') + 1)..];
        _calls.AddOrUpdate(name, 1, (_, count) => count + 1);
        if (request.Length > Options.MaxCallBytes)
        {
            throw new GrpcException(GrpcStatus.ResourceExhausted, $"grpc: received message larger than max ({request.Length} vs. {Options.MaxCallBytes})");
        }

        RefusalException? forced = await Faults.ApplyAsync(name, _instance.Clock.Time, cancellation);
        ThrowIfDead();
        lock (_instance.Gate)
        {
            _instance.TickItself();
        }

        ReadOnlyMemory<byte> response = await _dispatcher.HandleAsync(name, request, new CallContext(metadata, cancellation) { Forced = forced });
        if (Options.Mode == StandInMode.Strict)
        {
            ThrowIfDead();
        }

        if (Handled is { } handled)
        {
            await handled(name);
        }

        return Faults.LoseAnswers ? throw FaultSwitches.ConnectionBroke() : response;
    }

    /// <summary>Answers with the refusal that the context holds, in the method's own response.</summary>
    internal ValueTask<ReadOnlyMemory<byte>> HandleForcedAsync(string method, ReadOnlyMemory<byte> request, CallContext context) => _dispatcher.HandleAsync(method, request, context);

    /// <summary>Every visible version of every row, ordered by key and timestamp; doubled rows are there twice. Load state does not matter.</summary>
    /// <exception cref="KeyNotFoundException">There is no such collection (aliases count).</exception>
    public IReadOnlyList<StoredRow> Dump(string database, string collection)
    {
        lock (_instance.Gate)
        {
            Collection found = _instance.Databases.GetValueOrDefault(database)?.Find(collection)
                ?? throw new KeyNotFoundException($"the stand-in has no collection '{collection}' in database '{database}'");
            return ReadBack.Rows(found);
        }
    }

    /// <summary>Databases, collections, partitions, indexes, aliases, load states, users, roles.</summary>
    public TargetSnapshot Snapshot()
    {
        lock (_instance.Gate)
        {
            return ReadBack.Of(_instance);
        }
    }

    /// <summary>What was written to a topic, in order; empty when there is no such topic.</summary>
    public IReadOnlyList<LogElement> Log(string channel)
    {
        lock (_instance.Gate)
        {
            return _instance.Channels.Find(channel)?.Log.ToList() ?? [];
        }
    }

    /// <summary>Decides ids and channels of the next collection of this name.</summary>
    public void Place(string collection, Placement placement)
    {
        lock (_instance.Gate)
        {
            _instance.Placements[collection] = placement;
        }
    }

    /// <summary>Decides the id of a partition to be made.</summary>
    public void PlacePartition(string collection, string partition, long id)
    {
        lock (_instance.Gate)
        {
            _instance.PartitionPlacements[(collection, partition)] = id;
        }
    }

    private void ThrowIfDead()
    {
        if (_health.Dead)
        {
            throw _health.Unavailable();
        }
    }
}
