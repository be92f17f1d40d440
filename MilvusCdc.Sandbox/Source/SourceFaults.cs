using System.Collections.Concurrent;

namespace MilvusCdc.Sandbox.Source;

/// <summary>How a source's log misbehaves. May be changed at any time.</summary>
public sealed class SourceFaults
{
    private readonly ConcurrentDictionary<string, bool> _silent = new(StringComparer.Ordinal);
    private int _duplicates;

    /// <summary>Channels that get no ticks for now.</summary>
    public IReadOnlyCollection<string> SilentChannels => [.. _silent.Keys];

    /// <summary>Stops or restarts the ticks of a channel.</summary>
    public void Silence(string channel, bool silent)
    {
        if (silent)
        {
            _silent[channel] = true;
        }
        else
        {
            _silent.TryRemove(channel, out _);
        }
    }

    /// <summary>The next so many messages (ticks too) are written twice, as a producer does that lost an answer.</summary>
    public void DuplicateNext(int messages) => Interlocked.Add(ref _duplicates, messages);

    /// <summary>While true the Drop messages of collections are not written: the metadata alone tells of a drop.</summary>
    public bool LosesDropMessages { get; set; }

    /// <summary>Switches all of them off.</summary>
    public void Heal()
    {
        _silent.Clear();
        LosesDropMessages = false;
        Volatile.Write(ref _duplicates, 0);
    }

    internal bool IsSilent(string channel) => _silent.ContainsKey(channel);

    internal bool TakeDuplicate()
    {
        int left;
        while ((left = Volatile.Read(ref _duplicates)) > 0)
        {
            if (Interlocked.CompareExchange(ref _duplicates, left - 1, left) == left)
            {
                return true;
            }
        }

        return false;
    }
}
