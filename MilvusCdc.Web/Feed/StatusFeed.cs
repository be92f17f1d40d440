namespace MilvusCdc.Web.Feed;

/// <summary>Holds what the pages show. One writer (<see cref="StatusPoller"/>), any number of readers; <see cref="Changed"/> is raised once a second, with or without an answer.</summary>
internal sealed class StatusFeed(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskHistory> _histories = new(StringComparer.Ordinal);
    private volatile StatusSnapshot _current = new(null, null, null);

    public event Action? Changed;

    public StatusSnapshot Current => _current;

    public DateTimeOffset Now => time.GetUtcNow();

    public void Received(IReadOnlyList<TaskView> tasks)
    {
        DateTimeOffset now = Now;
        lock (_lock)
        {
            foreach (string gone in _histories.Keys.Except(tasks.Select(static task => task.Id)).ToList())
            {
                _histories.Remove(gone);
            }

            foreach (TaskView task in tasks)
            {
                if (!_histories.TryGetValue(task.Id, out TaskHistory? history))
                {
                    _histories.Add(task.Id, history = new TaskHistory());
                }

                history.Add(now, task);
            }
        }

        _current = new StatusSnapshot(tasks, now, null);
        Changed?.Invoke();
    }

    /// <summary>There was no answer: the old numbers stay and grow old.</summary>
    public void Missed(string fault)
    {
        _current = _current with { Fault = fault };
        Changed?.Invoke();
    }

    public IReadOnlyList<TimeSpan?> Lags(string task)
    {
        lock (_lock)
        {
            return _histories.TryGetValue(task, out TaskHistory? history) ? history.Lags : [];
        }
    }

    public double? RowsPerSecond(string task)
    {
        lock (_lock)
        {
            return _histories.TryGetValue(task, out TaskHistory? history) ? history.RowsPerSecond : null;
        }
    }
}
