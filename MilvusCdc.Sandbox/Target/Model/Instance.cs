using MilvusCdc.Sandbox.Target.Wire;

namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Everything one stand-in holds. All of it is guarded by <see cref="Gate"/>.</summary>
internal sealed class Instance
{
    private TaskCompletionSource _changed = NewSignal();

    public Instance(StandInOptions options, TimeProvider time)
    {
        Options = options;
        Clock = new TsoClock(time);
        Channels = new ChannelSet(options);
        Watches = new WatchOrder();
        Databases[CallContext.DefaultDatabase] = new Database(1, CallContext.DefaultDatabase, time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000);
    }

    public Lock Gate { get; } = new();

    public StandInOptions Options { get; }

    public TsoClock Clock { get; }

    public ChannelSet Channels { get; }

    public WatchOrder Watches { get; }

    public AccessRules Access { get; } = new();

    public Dictionary<string, Database> Databases { get; } = new(StringComparer.Ordinal);

    /// <summary>Live and dropped collections by id.</summary>
    public Dictionary<long, Collection> ById { get; } = [];

    public Dictionary<string, Placement> Placements { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Collection, string Partition), long> PartitionPlacements { get; } = [];

    /// <summary>Operations the target wrote to its own replicate channel.</summary>
    public long OwnOperations { get; set; }

    public long LastId { get; set; } = 450_000_000_000_000_000;

    /// <summary>Told of the rows that clients write; only an instance that publishes them has one.</summary>
    public IRowJournal? Journal { get; set; }

    public long NextId() => ++LastId;

    public IEnumerable<Collection> Live => Databases.Values.SelectMany(d => d.Collections.Values);

    public Database Database(string name) =>
        Databases.GetValueOrDefault(name) ?? throw Refusal.Unexpected($"database:{name} not found");

    public Collection Collection(string database, string nameOrAlias) =>
        Databases.GetValueOrDefault(database)?.Find(nameOrAlias) ?? throw Refusal.NoCollection(database, nameOrAlias);

    /// <summary>The "now" that reads are measured against.</summary>
    public ulong ReadTime() => Options.TsoFollowsTicks && !Options.TtMsgEnabled ? Channels.NewestTickInUse : Clock.Next();

    /// <summary>An ordinary instance makes its own ticks.</summary>
    public void TickItself()
    {
        if (Options.TtMsgEnabled)
        {
            foreach (VirtualChannel shard in Live.SelectMany(c => c.Shards))
            {
                shard.Advance(Clock.Next());
            }

            Settle();
        }
    }

    /// <summary>Opens and loads what the ticks now allow, and wakes those who wait.</summary>
    public void Settle()
    {
        Watches.Settle();
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    /// <summary>Waits until a condition holds. False: the patience is over.</summary>
    public async ValueTask<bool> UntilAsync(Func<bool> holds, TimeSpan patience, CancellationToken cancellation)
    {
        DateTimeOffset end = patience == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : Clock.Time.GetUtcNow() + patience;
        while (true)
        {
            Task changed;
            lock (Gate)
            {
                if (holds())
                {
                    return true;
                }

                changed = _changed.Task;
            }

            TimeSpan left = end - Clock.Time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await changed.WaitAsync(patience == Timeout.InfiniteTimeSpan ? patience : left, Clock.Time, cancellation);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
