namespace MilvusCdc.Core.Target;

/// <summary>
/// Decides which tick a target pchannel may get: the smallest frontier of the tasks that move, so that a target shows all of them at one moment. A task that does not move holds
/// the others back only while rows of it are on the way that its checkpoint does not cover (see <see cref="Stake.HasRowsOnTheWay"/>). Channels on which every task stands still
/// at a cut get ticks of the source's present time, since a target answers strong queries only while ticks go on.
/// </summary>
internal sealed class TickBoard(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChannelStakes> _channels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _frontiers = new(StringComparer.Ordinal);

    /// <summary>A task is about to send rows to a channel.</summary>
    public void Send(string pchannel, string task)
    {
        lock (_lock)
        {
            StakeOf(pchannel, task, _frontiers.GetValueOrDefault(task)).Send();
        }
    }

    /// <summary>What a task has sent so far, for <see cref="Commit"/>.</summary>
    public IReadOnlyDictionary<string, long> Mark(string task)
    {
        lock (_lock)
        {
            return Stakes(task).ToDictionary(static pair => pair.PChannel, static pair => pair.Stake.Sent, StringComparer.Ordinal);
        }
    }

    /// <summary>A task's checkpoint reached a frontier; it covers what was sent up to the mark, and the task now asks for the ticks of <paramref name="pchannels"/>.</summary>
    public void Commit(string task, ulong frontier, IReadOnlyDictionary<string, long> mark, IEnumerable<string> pchannels)
    {
        lock (_lock)
        {
            _frontiers[task] = frontier;
            foreach (string pchannel in pchannels)
            {
                StakeOf(pchannel, task, frontier).Ask(frontier);
            }

            foreach ((string pchannel, Stake stake) in Stakes(task))
            {
                stake.Frontier = frontier;
                stake.MovedAt = time.GetTimestamp();
                stake.Commit(mark.GetValueOrDefault(pchannel));
            }
        }
    }

    /// <summary>A run of a task begins at a checkpoint.</summary>
    public void Begin(string task, ulong frontier)
    {
        lock (_lock)
        {
            _frontiers[task] = frontier;
            foreach ((_, Stake stake) in Stakes(task))
            {
                stake.Begin();
                stake.SourceTime = null;
                stake.Frontier = frontier;
                stake.MovedAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>An earlier run, perhaps of another process, ended without reaching a cut.</summary>
    public void Suspect(string task, ulong frontier, IEnumerable<string> pchannels)
    {
        lock (_lock)
        {
            foreach (string pchannel in pchannels)
            {
                StakeOf(pchannel, task, frontier).Suspect();
            }
        }
    }

    /// <summary>Whether a task's present run has passed all that an earlier one can have sent.</summary>
    public bool IsRecovered(string task)
    {
        lock (_lock)
        {
            return Stakes(task).All(static pair => !pair.Stake.IsUncertain);
        }
    }

    /// <summary>A task's checkpoint covers all that an earlier run can have sent.</summary>
    public void Recover(string task)
    {
        lock (_lock)
        {
            foreach ((_, Stake stake) in Stakes(task))
            {
                stake.Recover();
            }
        }
    }

    /// <summary>Whether a task's checkpoint covers everything of it that any channel may hold.</summary>
    public bool IsAtCut(string task)
    {
        lock (_lock)
        {
            return Stakes(task).All(static pair => !pair.Stake.HasRowsOnTheWay);
        }
    }

    /// <summary>A task stands at a cut and wants its channels ticked on; <paramref name="sourceTime"/> tells the source's time at any moment.</summary>
    public void Stand(string task, Func<ulong> sourceTime, IEnumerable<string> pchannels)
    {
        lock (_lock)
        {
            foreach (string pchannel in pchannels)
            {
                StakeOf(pchannel, task, frontier: 0).SourceTime = sourceTime;
            }
        }
    }

    /// <summary>A task no longer uses a channel.</summary>
    public void Leave(string pchannel, string task)
    {
        lock (_lock)
        {
            if (_channels.TryGetValue(pchannel, out ChannelStakes? channel) && channel.Stakes.TryGetValue(task, out Stake? stake) && !stake.HasRowsOnTheWay)
            {
                channel.Stakes.Remove(task);
            }
        }
    }

    /// <summary>A task has ended. Where rows of it are on the way it keeps its stake, until it runs again or is forgotten.</summary>
    public void LeaveAll(string task)
    {
        lock (_lock)
        {
            foreach (ChannelStakes channel in _channels.Values)
            {
                if (channel.Stakes.TryGetValue(task, out Stake? stake))
                {
                    stake.Answer();
                    if (!stake.HasRowsOnTheWay)
                    {
                        channel.Stakes.Remove(task);
                    }
                }
            }
        }
    }

    /// <summary>A task was deleted.</summary>
    public void Forget(string task)
    {
        lock (_lock)
        {
            _frontiers.Remove(task);
            foreach (ChannelStakes channel in _channels.Values)
            {
                channel.Stakes.Remove(task);
            }
        }
    }

    /// <summary>The tick that a channel may get now, for a task that asked for it; null: none. Taken at the moment of sending, when nothing else is being sent to the channel.</summary>
    public ulong? Take(string pchannel, string task)
    {
        lock (_lock)
        {
            if (!_channels.TryGetValue(pchannel, out ChannelStakes? channel))
            {
                return null;
            }

            if (channel.Stakes.TryGetValue(task, out Stake? stake))
            {
                stake.Answer();
            }

            return channel.Allowed().Tick is var tick and > 0 ? tick : null;
        }
    }

    /// <summary>The tick that a channel may get now though no task asked for one, because a task stopped holding it back or all stand still; null: none is due.</summary>
    public ulong? Due(string pchannel)
    {
        lock (_lock)
        {
            return _channels.TryGetValue(pchannel, out ChannelStakes? channel) ? channel.Due() : null;
        }
    }

    /// <summary>The channels of which <see cref="Due(string)"/> has a tick.</summary>
    public IReadOnlyList<string> Due()
    {
        lock (_lock)
        {
            return [.. _channels.Where(static pair => pair.Value.Due() is not null).Select(static pair => pair.Key)];
        }
    }

    /// <summary>A channel got a tick.</summary>
    public void Ticked(string pchannel, ulong tick)
    {
        lock (_lock)
        {
            if (_channels.TryGetValue(pchannel, out ChannelStakes? channel))
            {
                channel.Ticked(tick);
            }
        }
    }

    /// <summary>Whether other tasks wait for a task that lags far behind them to let a tick pass.</summary>
    public bool OthersWaitFor(string task)
    {
        lock (_lock)
        {
            return _channels.Values.Any(channel => channel.OthersWaitFor(task));
        }
    }

    /// <summary>By channel, the task that holds back the tick of another for longer than a moment.</summary>
    public IReadOnlyDictionary<string, string> HoldersAgainst(string task)
    {
        lock (_lock)
        {
            var holders = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((string pchannel, ChannelStakes channel) in _channels)
            {
                if (channel.HolderAgainst(task) is { } holder)
                {
                    holders[pchannel] = holder;
                }
            }

            return holders;
        }
    }

    private Stake StakeOf(string pchannel, string task, ulong frontier)
    {
        if (!_channels.TryGetValue(pchannel, out ChannelStakes? channel))
        {
            _channels[pchannel] = channel = new ChannelStakes(time);
        }

        if (!channel.Stakes.TryGetValue(task, out Stake? stake))
        {
            channel.Stakes[task] = stake = new Stake { Frontier = frontier, MovedAt = time.GetTimestamp() };
        }

        return stake;
    }

    private IEnumerable<(string PChannel, Stake Stake)> Stakes(string task)
    {
        foreach ((string pchannel, ChannelStakes channel) in _channels)
        {
            if (channel.Stakes.TryGetValue(task, out Stake? stake))
            {
                yield return (pchannel, stake);
            }
        }
    }
}
