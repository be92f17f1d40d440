using System.Globalization;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Logs;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Tells apart why nothing comes on a channel. A living source writes a tick to each channel in use every 200 ms. When the broker has nothing newer, the source is idle or stopped: that is shown. When it
/// has, but does not deliver it, the connection is stale: that is a fault, so that the run begins anew with fresh connections. A broker that does not answer at all is the log's own fault.
/// </summary>
internal sealed class SilenceWatch(TaskRun run, TimeProvider time)
{
    /// <summary>Time without a message after which a silent channel is worth telling.</summary>
    public static readonly TimeSpan Telling = TimeSpan.FromSeconds(5);

    /// <summary>Time for which a broker may hold back a message that it has.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, (LogPosition Next, long Since)> _seen = new(StringComparer.Ordinal);

    /// <summary>Looks at a channel that the timeline waits for. Throws <see cref="SourceLogException"/> when the broker is stale.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="next">The position after the last message read.</param>
    /// <param name="bounds">What the broker says that it has; null: it does not have the channel.</param>
    public void Look(string channel, LogPosition next, LogBounds? bounds)
    {
        if (!_seen.TryGetValue(channel, out (LogPosition Next, long Since) seen) || seen.Next != next)
        {
            _seen[channel] = (next, time.GetTimestamp());
            return;
        }

        TimeSpan silent = time.GetElapsedTime(seen.Since);
        bool delivers = bounds is not { } there || next >= there.End;
        if (!delivers && silent >= Stale)
        {
            throw new SourceLogException(
                $"channel '{channel}': the broker says that it has messages up to {bounds!.Value.End}, but has delivered none after {next} for {silent.TotalSeconds:0} s: its connection is stale");
        }

        if (silent >= Telling)
        {
            string what = bounds is null ? "the broker does not have the channel" : delivers ? "the broker has nothing newer, so the source is idle or stopped" : "the broker has not delivered what it has";
            run.Progress.Silence = string.Create(CultureInfo.InvariantCulture, $"nothing has come on channel '{channel}' for {Math.Floor(silent.TotalSeconds)} s: {what}");
        }
    }

    /// <summary>A round came: nothing is silent.</summary>
    public void Clear()
    {
        _seen.Clear();
        run.Progress.Silence = null;
    }
}
