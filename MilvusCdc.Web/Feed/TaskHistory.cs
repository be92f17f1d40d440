namespace MilvusCdc.Web.Feed;

/// <summary>The last two minutes of one task: one sample a second, the oldest overwritten. Not safe for several threads.</summary>
internal sealed class TaskHistory
{
    public const int Capacity = 120;

    private static readonly TimeSpan s_rateWindow = TimeSpan.FromSeconds(5);

    private readonly Queue<Sample> _samples = new(Capacity);

    public void Add(DateTimeOffset at, TaskView task)
    {
        if (_samples.Count == Capacity)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue(new Sample(at, task.Lag, task.Rows));
    }

    /// <summary>Lag at each second, oldest first; null where it was not known.</summary>
    public IReadOnlyList<TimeSpan?> Lags => [.. _samples.Select(static sample => sample.Lag)];

    /// <summary>Rows a second over the last five seconds; null: not known yet, or the worker began to count anew.</summary>
    public double? RowsPerSecond
    {
        get
        {
            Sample last = _samples.LastOrDefault();
            Sample first = _samples.FirstOrDefault(sample => sample.At >= last.At - s_rateWindow && sample.Rows is not null);
            double seconds = (last.At - first.At).TotalSeconds;
            return last.Rows is { } now && first.Rows is { } before && seconds >= 1 && now >= before ? (now - before) / seconds : null;
        }
    }

    private readonly record struct Sample(DateTimeOffset At, TimeSpan? Lag, long? Rows);
}
