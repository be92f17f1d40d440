using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Target;

/// <summary>The tasks that use one target pchannel, and what that means for its ticks. Not safe for several threads: <see cref="TickBoard"/> locks.</summary>
internal sealed class ChannelStakes(TimeProvider time)
{
    /// <summary>Time after which a task without news no longer keeps the others waiting for the sake of a common moment.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How often a channel gets a tick while all its tasks stand still: Milvus's own interval.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(200);

    /// <summary>Source time by which a task may lag behind another and still be waited for.</summary>
    private static readonly ulong NearBy = MilvusTime.Compose(5000, 0);

    private ulong _newest;
    private long _tickedAt = time.GetTimestamp();
    private long _raisedAt = time.GetTimestamp();

    /// <summary>By task.</summary>
    public Dictionary<string, Stake> Stakes { get; } = new(StringComparer.Ordinal);

    /// <summary>The channel got a tick.</summary>
    public void Ticked(ulong tick)
    {
        _tickedAt = time.GetTimestamp();
        if (tick > _newest)
        {
            _newest = tick;
            _raisedAt = _tickedAt;
        }
    }

    /// <summary>The newest tick that harms nobody, and the task that forbids a newer one; 0: none.</summary>
    public (ulong Tick, string? Holder) Allowed()
    {
        ulong wanted = Wanted();
        (ulong Tick, string? Holder) allowed = (wanted, null);
        foreach ((string task, Stake stake) in Stakes)
        {
            if (stake.Frontier < allowed.Tick && Holds(stake, wanted))
            {
                allowed = (stake.Frontier, task);
            }
        }

        return allowed;
    }

    /// <summary>A tick that is due though no task asks for one, because a task stopped holding it back or all stand still; null: none.</summary>
    public ulong? Due()
    {
        if (Stakes.Count == 0 || Stakes.Values.Any(static stake => stake.Asks))
        {
            return null;
        }

        ulong tick = Allowed().Tick;
        if (Stakes.Values.All(static stake => stake is { SourceTime: not null, HasRowsOnTheWay: false }))
        {
            if (time.GetElapsedTime(_tickedAt) < KeepAlive)
            {
                return null;
            }

            tick = Stakes.Values.Max(static stake => stake.SourceTime!());
        }

        return tick > _newest ? tick : null;
    }

    /// <summary>Whether other tasks wait for a task that lags far behind them.</summary>
    public bool OthersWaitFor(string task) =>
        Stakes.Count > 1
        && Stakes.TryGetValue(task, out Stake? stake)
        && time.GetElapsedTime(_raisedAt) > Patience
        && Wanted() > stake.Frontier + NearBy;

    /// <summary>The task that has held back a task's tick for longer than a moment, or null.</summary>
    public string? HolderAgainst(string task) =>
        Stakes.TryGetValue(task, out Stake? own)
        && Allowed() is { Holder: { } holder } allowed
        && holder != task
        && allowed.Tick < own.Frontier
        && time.GetElapsedTime(_raisedAt) > Patience * 3
            ? holder
            : null;

    private bool Holds(Stake stake, ulong wanted) =>
        stake.HasRowsOnTheWay
        || (stake.SourceTime is null && wanted - stake.Frontier <= NearBy && time.GetElapsedTime(stake.MovedAt) < Patience);

    private ulong Wanted()
    {
        ulong wanted = 0;
        foreach (Stake stake in Stakes.Values)
        {
            wanted = Math.Max(wanted, stake.Asked);
        }

        return wanted;
    }
}
