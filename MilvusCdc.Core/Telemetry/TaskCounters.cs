using System.Collections.Concurrent;
using MsgType = MilvusCdc.Protocol.Milvus.Common.MsgType;

namespace MilvusCdc.Core.Telemetry;

/// <summary>What a task has moved since its run began, in the form that the Go tool's metrics show. Safe to use from any thread.</summary>
public sealed class TaskCounters
{
    // Calls that only look are no work done on the target.
    private static readonly string[] Looks = ["Describe", "Show", "Has", "Get", "List", "Connect", "Check"];

    private readonly ConcurrentDictionary<(string Channel, bool Written, MsgType Kind), Counter> _bytes = new();
    private readonly ConcurrentDictionary<string, Counter> _calls = new(StringComparer.Ordinal);

    /// <summary>Newest tick sent, as physical Unix milliseconds, by target pchannel.</summary>
    public ConcurrentDictionary<string, long> TargetTicks { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes of messages by source pchannel, direction and kind.</summary>
    public IEnumerable<(string Channel, bool Written, MsgType Kind, long Bytes)> Bytes => _bytes.Select(static pair => (pair.Key.Channel, pair.Key.Written, pair.Key.Kind, pair.Value.Now));

    /// <summary>Calls that changed the target, by method.</summary>
    public IEnumerable<KeyValuePair<string, long>> Calls => _calls.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.Now));

    /// <summary>A message was read from the source.</summary>
    public void Read(string channel, MsgType kind, long bytes) => Of((channel, false, kind)).Add(bytes);

    /// <summary>Messages were acknowledged by the target.</summary>
    public void Written(string channel, MsgType kind, long bytes) => Of((channel, true, kind)).Add(bytes);

    /// <summary>A call of the target's API succeeded; those that only look are not counted.</summary>
    public void Called(string method)
    {
        if (!Array.Exists(Looks, look => method.StartsWith(look, StringComparison.Ordinal)))
        {
            _calls.GetOrAdd(method, static _ => new Counter()).Add(1);
        }
    }

    private Counter Of((string Channel, bool Written, MsgType Kind) key) => _bytes.GetOrAdd(key, static _ => new Counter());

    private sealed class Counter
    {
        private long _value;

        public long Now => Volatile.Read(ref _value);

        public void Add(long more) => Interlocked.Add(ref _value, more);
    }
}
