using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Pulsar;

namespace MilvusCdc.Sandbox.Pulsar;

/// <summary>One entry as it lies in the log.</summary>
internal sealed record StoredEntry(LogPosition At, byte[] Bytes, int Count, bool IsBatch, long PublishTime);

/// <summary>One topic: entries in ledgers, and the subscriptions on it. Safe for several threads.</summary>
internal sealed class PulsarTopic(string name, Func<long, long> nextLedger)
{
    private readonly Lock _gate = new();
    private readonly List<StoredEntry> _entries = [];
    private readonly Dictionary<string, PulsarSubscription> _subscriptions = new(StringComparer.Ordinal);
    private long _ledger = nextLedger(0);
    private long _nextEntry;
    private long _trimmed;

    /// <summary>Something was added, or the topic was deleted.</summary>
    public event Action? Changed;

    public string Name => name;

    public bool IsDeleted { get; private set; }

    /// <summary>Entries that are there now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Adds an entry behind the last one.</summary>
    public LogPosition Append(byte[] bytes)
    {
        lock (_gate)
        {
            return Add(new LogPosition(_ledger, _nextEntry), bytes);
        }
    }

    /// <summary>Adds an entry at a recorded place, which must lie behind the last one.</summary>
    public void AppendAt(LogPosition at, byte[] bytes)
    {
        lock (_gate)
        {
            if (_entries.Count > 0 && at <= _entries[^1].At)
            {
                throw new ArgumentException($"topic '{name}': entry {at} does not lie behind {_entries[^1].At}");
            }

            _ledger = at.Ledger == _ledger ? _ledger : nextLedger(at.Ledger) is var given && given == at.Ledger ? given : at.Ledger;
            Add(at, bytes);
        }
    }

    /// <summary>What comes next lies in a new ledger.</summary>
    public void Roll()
    {
        lock (_gate)
        {
            (_ledger, _nextEntry) = (nextLedger(0), 0);
        }
    }

    /// <summary>Drops all entries before <paramref name="first"/>, as retention does with whole ledgers.</summary>
    public void Trim(LogPosition first)
    {
        lock (_gate)
        {
            int count = IndexOf(first);
            _trimmed += count;
            _entries.RemoveRange(0, count);
        }
    }

    public void Close()
    {
        IsDeleted = true;
        Changed?.Invoke();
    }

    /// <summary>Takes an entry by its running number, which trimming does not change; null when there is none yet. A trimmed one is skipped.</summary>
    public StoredEntry? Read(ref long number)
    {
        lock (_gate)
        {
            number = Math.Max(number, _trimmed);
            return number - _trimmed < _entries.Count ? _entries[(int)(number++ - _trimmed)] : null;
        }
    }

    /// <summary>The running number of the first entry at or behind <paramref name="at"/>; of the first entry for one before everything.</summary>
    public long NumberOf(LogPosition at)
    {
        lock (_gate)
        {
            return _trimmed + IndexOf(at);
        }
    }

    /// <summary>The running number of the first entry that was published at or after a time.</summary>
    public long NumberOf(long publishTime)
    {
        lock (_gate)
        {
            int index = _entries.FindIndex(entry => entry.PublishTime >= publishTime);
            return _trimmed + (index < 0 ? _entries.Count : index);
        }
    }

    /// <summary>The last entry, or null.</summary>
    public StoredEntry? Last
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count > 0 ? _entries[^1] : null;
            }
        }
    }

    /// <summary>What a broker calls the mark-delete position of a reader that gets entry <paramref name="number"/> first: the place before it.</summary>
    public LogPosition Before(long number)
    {
        lock (_gate)
        {
            int index = (int)(Math.Max(number, _trimmed) - _trimmed);
            return index > 0 ? _entries[index - 1].At
                : _entries.Count > 0 ? new LogPosition(_entries[0].At.Ledger, -1)
                : new LogPosition(_ledger, -1);
        }
    }

    /// <summary>The subscription of that name, made when it is missing.</summary>
    public PulsarSubscription Subscribe(string subscription, bool isDurable, Func<long> start)
    {
        lock (_gate)
        {
            if (!_subscriptions.TryGetValue(subscription, out PulsarSubscription? found))
            {
                _subscriptions[subscription] = found = new PulsarSubscription(subscription, isDurable) { Next = start() };
            }

            return found;
        }
    }

    public void Unsubscribe(string subscription)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>Names of the subscriptions that are there, and whether they are durable.</summary>
    public IReadOnlyList<PulsarSubscription> Subscriptions
    {
        get
        {
            lock (_gate)
            {
                return [.. _subscriptions.Values];
            }
        }
    }

    private LogPosition Add(LogPosition at, byte[] bytes)
    {
        PulsarEntry? entry;
        try
        {
            entry = PulsarEntry.Parse(bytes);
        }
        catch (InvalidDataException)
        {
            // A damaged recording: the broker passes on what it has.
            entry = null;
        }

        _entries.Add(new StoredEntry(at, bytes, entry?.Count ?? 1, entry?.Metadata.HasNumMessagesInBatch ?? false, (long)(entry?.Metadata.PublishTime ?? 0)));
        _nextEntry = at.Entry + 1;
        Changed?.Invoke();
        return at;
    }

    private int IndexOf(LogPosition at)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].At < at)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

/// <summary>A place in a topic that a consumer reads from. One that is not durable goes with its consumer.</summary>
internal sealed class PulsarSubscription(string name, bool isDurable)
{
    private readonly Lock _gate = new();
    private object? _holder;

    public string Name => name;

    public bool IsDurable => isDurable;

    /// <summary>The running number of the first entry that is not acknowledged.</summary>
    public long Next { get; set; }

    /// <summary>False: somebody else has it.</summary>
    public bool Take(object holder)
    {
        lock (_gate)
        {
            if (_holder is not null && _holder != holder)
            {
                return false;
            }

            _holder = holder;
            return true;
        }
    }

    public void Leave(object holder)
    {
        lock (_gate)
        {
            _holder = _holder == holder ? null : _holder;
        }
    }
}
