namespace MilvusCdc.Sandbox.Kafka;

/// <summary>A Fetch that is answered with records, at one moment.</summary>
/// <param name="Topics">The topics of which there are records in the answer.</param>
/// <param name="Sent">The answer has been sent; false: it is going to be.</param>
/// <param name="Bytes">The size of the answer.</param>
public readonly record struct FetchedRecords(IReadOnlyList<string> Topics, bool Sent, long Bytes);

/// <summary>Switches that make the broker misbehave as real ones do. All may be set at any time.</summary>
public sealed class KafkaBrokerFaults
{
    private readonly Action _dropConnections;
    private long _fetchDelayTicks;
    private int _rewindBy;
    private int _toTear;
    private volatile bool _refuseConnections;
    private volatile IReadOnlySet<string> _leaderlessTopics = new HashSet<string>();
    private volatile IReadOnlySet<string> _silentTopics = new HashSet<string>();

    internal KafkaBrokerFaults(Action dropConnections) => _dropConnections = dropConnections;

    /// <summary>How much later than usual every Fetch is answered.</summary>
    public TimeSpan FetchDelay
    {
        get => new(Interlocked.Read(ref _fetchDelayTicks));
        set => Interlocked.Exchange(ref _fetchDelayTicks, value.Ticks);
    }

    /// <summary>Topics whose Fetches are answered, without an error, with nothing in them.</summary>
    public IReadOnlySet<string> SilentTopics
    {
        get => _silentTopics;
        set => _silentTopics = value;
    }

    /// <summary>Records that are delivered once more before those that a Fetch wants; 0: none. A consumer must drop them by their offsets.</summary>
    public int RewindBy
    {
        get => Volatile.Read(ref _rewindBy);
        set => Volatile.Write(ref _rewindBy, value);
    }

    /// <summary>The next so many Fetch answers that hold records are cut in the middle, and their connections closed.</summary>
    public void TearNext(int answers) => Interlocked.Exchange(ref _toTear, answers);

    internal bool TakeTear() => Volatile.Read(ref _toTear) > 0 && Interlocked.Decrement(ref _toTear) >= 0;

    /// <summary>Topics without a leader: their Fetches are answered with NOT_LEADER_OR_FOLLOWER.</summary>
    public IReadOnlySet<string> LeaderlessTopics
    {
        get => _leaderlessTopics;
        set => _leaderlessTopics = value;
    }

    /// <summary>Closes new connections at once. Those that are open stay: see <see cref="DropConnections"/>.</summary>
    public bool RefuseConnections
    {
        get => _refuseConnections;
        set => _refuseConnections = value;
    }

    /// <summary>
    /// Told of every Fetch that is answered with records, twice: before the answer is sent, and after. What it throws (an <see cref="OperationCanceledException"/>) closes the
    /// connection: then the answer never left, or was the last.
    /// </summary>
    public Func<FetchedRecords, ValueTask>? FetchObserver { get; set; }

    /// <summary>Cuts every open connection, also in the middle of a request.</summary>
    public void DropConnections() => _dropConnections();
}
