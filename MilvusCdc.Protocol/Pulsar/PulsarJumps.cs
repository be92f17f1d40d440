using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Protocol.Pulsar;

/// <summary>
/// Where a topic goes from one ledger to the next with nothing in between, as far as it was looked into. All that may come again are kept: a durable subscription begins behind what was
/// acknowledged, and several ledgers may lie there. Safe for several threads.
/// </summary>
internal sealed class PulsarJumps
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LogPosition, LogPosition> _known = [];

    /// <summary>Nothing lies between the two entries.</summary>
    public void Add(LogPosition from, LogPosition to)
    {
        lock (_gate)
        {
            _known[from] = to;
        }
    }

    /// <summary>Whether it is known that nothing lies between the two entries.</summary>
    public bool Knows(LogPosition from, LogPosition to)
    {
        lock (_gate)
        {
            return _known.TryGetValue(from, out LogPosition known) && known == to;
        }
    }

    /// <summary>Whether it is known that an entry is the last of its ledger.</summary>
    public bool Leaves(LogPosition from)
    {
        lock (_gate)
        {
            return _known.ContainsKey(from);
        }
    }

    /// <summary>The broker begins at <paramref name="start"/>: what lies before does not come again.</summary>
    public void ForgetBefore(LogPosition start)
    {
        lock (_gate)
        {
            foreach (LogPosition from in _known.Where(jump => jump.Value <= start).Select(jump => jump.Key).ToArray())
            {
                _known.Remove(from);
            }
        }
    }
}
