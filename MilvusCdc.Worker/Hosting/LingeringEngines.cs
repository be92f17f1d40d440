using System.Collections.Concurrent;

namespace MilvusCdc.Worker.Hosting;

/// <summary>Engine runs that were told to stop when their lease was lost and have not ended yet. Their tasks are not taken again by this process before they have.</summary>
internal sealed class LingeringEngines
{
    private readonly ConcurrentDictionary<string, Task> _ends = new(StringComparer.Ordinal);

    public void Add(string taskId, Task end)
    {
        if (!end.IsCompleted)
        {
            _ends[taskId] = end;
        }
    }

    public bool Has(string taskId)
    {
        if (_ends.TryGetValue(taskId, out Task? end) && end.IsCompleted)
        {
            _ends.TryRemove(taskId, out _);
        }

        return _ends.ContainsKey(taskId);
    }
}
