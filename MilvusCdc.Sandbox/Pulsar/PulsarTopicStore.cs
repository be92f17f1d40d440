using System.Collections.Concurrent;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>All topics of a broker. It outlives the broker: one that is started with it serves them again.</summary>
public sealed class PulsarTopicStore
{
    private readonly ConcurrentDictionary<string, PulsarTopic> _topics = new(StringComparer.Ordinal);
    private long _ledger = 29;

    /// <summary>The topics' names.</summary>
    public IReadOnlyList<string> Names => [.. _topics.Keys.Order(StringComparer.Ordinal)];

    internal PulsarTopic? Find(string name) => _topics.GetValueOrDefault(name);

    internal PulsarTopic GetOrCreate(string name) => _topics.GetOrAdd(name, static (name, store) => new PulsarTopic(name, store.NextLedger), this);

    internal bool Delete(string name)
    {
        if (!_topics.TryRemove(name, out PulsarTopic? topic))
        {
            return false;
        }

        topic.Close();
        return true;
    }

    internal void RollAll()
    {
        foreach (PulsarTopic topic in _topics.Values)
        {
            topic.Roll();
        }
    }

    private long NextLedger(long atLeast)
    {
        while (true)
        {
            long seen = Interlocked.Read(ref _ledger), next = Math.Max(seen + 1, atLeast);
            if (Interlocked.CompareExchange(ref _ledger, next, seen) == seen)
            {
                return next;
            }
        }
    }
}
