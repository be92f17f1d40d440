using MilvusCdc.Core.Engine;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Source;

/// <summary>
/// Keeps the head true while the task is busy. A task that has much to catch up with reads only as far ahead as its budget allows, so the newest tick that it has read says little of how far the
/// source is: then the end of the log is looked at over a connection of its own. When nobody can say where the log ends, the head is not known, and neither is the lag.
/// </summary>
/// <param name="log">The log that is read.</param>
/// <param name="openLog">Opens it once more.</param>
/// <param name="reader">What has been read of it.</param>
/// <param name="progress">Gets the head.</param>
/// <param name="time">For the pauses.</param>
internal sealed class HeadWatch(ISourceLog log, Func<ISourceLog> openLog, SourceReader reader, TaskProgress progress, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookupInterval = TimeSpan.FromSeconds(4);

    /// <summary>A living source writes a tick every 200 ms.</summary>
    private static readonly TimeSpan TickPatience = TimeSpan.FromSeconds(2);

    // So near the end the newest tick read is the head, give or take the time of a few messages.
    private const int Near = 64;

    private long _lookedUpAt;

    /// <summary>Looks until it is cancelled. Never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await LookAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            if (reader.Newest is not { } newest || await log.GetBoundsAsync(newest.Channel, stop) is not { } bounds)
            {
                return;
            }

            if (newest.Next >= (log.Back(bounds.End, Near) ?? bounds.End))
            {
                progress.SawHead(time.GetTimestamp());
            }
            else if (_lookedUpAt == 0 || time.GetElapsedTime(_lookedUpAt) >= LookupInterval)
            {
                _lookedUpAt = time.GetTimestamp();
                await LookUpAsync(newest.Channel, bounds.End, stop);
            }
        }
        catch (SourceLogException)
        {
            // Whoever reads the log tells of its faults; here it means that nothing is known.
        }
    }

    private async Task LookUpAsync(string channel, LogPosition end, CancellationToken stop)
    {
        await using ISourceLog looked = openLog();
        if (await new LogLookup(looked, TickPatience).FirstTickAsync(channel, end, stop) is { } tick)
        {
            progress.RaiseHead(tick);
            progress.SawHead(time.GetTimestamp());
        }
    }
}
