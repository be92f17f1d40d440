namespace MilvusCdc.Core.Tasks;

/// <summary>How fast a task goes, averaged over the last seconds.</summary>
/// <param name="RowsPerSecond">Rows inserted and keys deleted on the target.</param>
/// <param name="MessagesPerSecond">Messages read from the source's log.</param>
/// <param name="BytesPerSecond">Bytes read from the source's log.</param>
/// <param name="FrontierPerSecond">Seconds of source time the target moves in a second: above 1 it catches up, 1 is level, below 1 it falls behind.</param>
public sealed record TaskRates(double RowsPerSecond, double MessagesPerSecond, double BytesPerSecond, double FrontierPerSecond);

/// <summary>Measures <see cref="TaskRates"/> from one report to the next. For one caller at a time.</summary>
public sealed class RateMeter(TimeProvider time)
{
    /// <summary>Over which time is averaged.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(400);
    private readonly Queue<Sample> _samples = new();

    /// <summary>The report with its rates; without while there is nothing to compare it with.</summary>
    public TaskReport Measure(TaskReport report)
    {
        Sample now = new(
            time.GetTimestamp(),
            report.Collections.Sum(static collection => collection.Inserted + collection.Deleted),
            report.Channels.Sum(static channel => channel.Messages),
            report.Channels.Sum(static channel => channel.Bytes),
            report.FrontierMs);

        // A worker that begins anew counts anew.
        if (_samples.TryPeek(out Sample? first) && (now.Rows < first.Rows || now.Messages < first.Messages || now.FrontierMs < first.FrontierMs))
        {
            _samples.Clear();
        }

        while (_samples.Count > 1 && time.GetElapsedTime(_samples.Peek().At, now.At) > Window)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue(now);
        Sample from = _samples.Peek();
        double seconds = time.GetElapsedTime(from.At, now.At).TotalSeconds;
        if (seconds < Least.TotalSeconds)
        {
            return report;
        }

        // A first frontier is a jump, no speed.
        double frontier = from.FrontierMs == 0 ? 0 : (now.FrontierMs - from.FrontierMs) / 1000.0 / seconds;
        return report with
        {
            Rates = new TaskRates(
                Math.Round((now.Rows - from.Rows) / seconds, 1),
                Math.Round((now.Messages - from.Messages) / seconds, 1),
                Math.Round((now.Bytes - from.Bytes) / seconds, 1),
                Math.Round(frontier, 2)),
        };
    }

    private sealed record Sample(long At, long Rows, long Messages, long Bytes, long FrontierMs);
}
