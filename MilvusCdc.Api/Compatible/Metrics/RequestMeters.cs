using System.Collections.Concurrent;

namespace MilvusCdc.Api.Compatible.Metrics;

/// <summary>
/// Counts requests to <c>/cdc</c> as the Go tool does. Types that do not exist are counted together as <c>unknown</c>: a client must not be able to make series.
/// </summary>
internal sealed class RequestMeters
{
    /// <summary>The type under which everything is counted that is no request of a known type.</summary>
    public const string Unknown = "unknown";

    // More would be held for nothing: a dashboard shows that a task has gone, and forgets it.
    private const int MostDeleted = 1000;

    private readonly ConcurrentDictionary<(string Type, string Status), long> _totals = new();
    private readonly ConcurrentDictionary<string, Latency> _latencies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _deleted = new(StringComparer.Ordinal);

    /// <summary>Upper bounds of the latency's buckets, in milliseconds.</summary>
    public static IReadOnlyList<int> Buckets { get; } = [1, 2, 4, 8, 16, 32, 64, 128];

    /// <summary>Requests by type and status, in order.</summary>
    public IEnumerable<((string Type, string Status) Key, long Count)> Totals =>
        _totals.Select(static pair => (pair.Key, pair.Value)).OrderBy(static pair => pair.Key.Status, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Type, StringComparer.Ordinal);

    /// <summary>Latencies of successful requests by type, in order.</summary>
    public IEnumerable<KeyValuePair<string, Latency>> Latencies => _latencies.OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Ids of tasks that were deleted through this process.</summary>
    public IEnumerable<string> Deleted => _deleted.Keys.Order(StringComparer.Ordinal);

    public void Count(string type, string status) => _totals.AddOrUpdate((CdcRequests.Types.Contains(type) ? type : Unknown, status), 1, static (_, count) => count + 1);

    public void Succeeded(string type, TimeSpan took)
    {
        Count(type, "success");
        _latencies.GetOrAdd(type, static _ => new Latency()).Add(Math.Floor(took.TotalMilliseconds));
    }

    public void TaskDeleted(string id)
    {
        if (_deleted.Count < MostDeleted)
        {
            _deleted.TryAdd(id, true);
        }
    }

    /// <summary>A histogram of whole milliseconds.</summary>
    internal sealed class Latency
    {
        private readonly Lock _lock = new();
        private readonly long[] _buckets = new long[Buckets.Count];
        private double _sum;
        private long _count;

        public void Add(double milliseconds)
        {
            lock (_lock)
            {
                _sum += milliseconds;
                _count++;
                for (int bucket = 0; bucket < _buckets.Length; bucket++)
                {
                    _buckets[bucket] += milliseconds <= Buckets[bucket] ? 1 : 0;
                }
            }
        }

        /// <summary>Counts up to each bound, the sum and the count, all of one moment.</summary>
        public (long[] Buckets, double Sum, long Count) Read()
        {
            lock (_lock)
            {
                return ([.. _buckets], _sum, _count);
            }
        }
    }
}
