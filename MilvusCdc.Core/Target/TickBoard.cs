namespace MilvusCdc.Core.Target;

/// <summary>What each task allows as tick of each target pchannel.</summary>
internal sealed class TickBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, ulong>> _frontiers = new(StringComparer.Ordinal);

    /// <summary>Notes a task's frontier on a pchannel and answers the tick that may be sent there: the smallest of its tasks.</summary>
    public ulong? Report(string pchannel, string task, ulong frontier)
    {
        lock (_lock)
        {
            if (!_frontiers.TryGetValue(pchannel, out Dictionary<string, ulong>? tasks))
            {
                _frontiers[pchannel] = tasks = new Dictionary<string, ulong>(StringComparer.Ordinal);
            }

            tasks[task] = frontier;
            ulong smallest = tasks.Values.Min();
            return smallest > 0 ? smallest : null;
        }
    }

    /// <summary>A task no longer uses a pchannel.</summary>
    public void Leave(string pchannel, string task)
    {
        lock (_lock)
        {
            if (_frontiers.TryGetValue(pchannel, out Dictionary<string, ulong>? tasks))
            {
                tasks.Remove(task);
            }
        }
    }

    /// <summary>A task uses no pchannel any more.</summary>
    public void LeaveAll(string task)
    {
        lock (_lock)
        {
            foreach (Dictionary<string, ulong> tasks in _frontiers.Values)
            {
                tasks.Remove(task);
            }
        }
    }
}
