namespace MilvusCdc.Core.Target;

/// <summary>What one task has on one target pchannel.</summary>
internal sealed class Stake
{
    private bool _ofAnEarlierRun;
    private long _sent;
    private long _committed;

    /// <summary>The task's frontier when it last reported one.</summary>
    public ulong Frontier { get; set; }

    /// <summary>The newest tick that the task asked for.</summary>
    public ulong Asked { get; private set; }

    /// <summary>When the frontier was last reported, as a timestamp of the clock.</summary>
    public long MovedAt { get; set; }

    /// <summary>Whether the task has asked for a tick that has not been taken for sending yet.</summary>
    public bool Asks { get; private set; }

    /// <summary>When set, the task stands at a cut; answers the source's time now, as well as it is known.</summary>
    public Func<ulong>? SourceTime { get; set; }

    /// <summary>
    /// Whether the channel may hold rows of the task that no checkpoint covers. They are sent again after a fault, and the target drops the repeats only while no newer tick has
    /// passed them.
    /// </summary>
    public bool HasRowsOnTheWay => _ofAnEarlierRun || _sent > _committed;

    /// <summary>Whether nobody knows how far an earlier run's rows reach beyond the frontier.</summary>
    public bool IsUncertain => _ofAnEarlierRun;

    /// <summary>How many times the task has sent something here.</summary>
    public long Sent => _sent;

    /// <summary>The task asks for a tick.</summary>
    public void Ask(ulong tick)
    {
        Asks = true;
        Asked = Math.Max(Asked, tick);
    }

    /// <summary>What was asked for is taken for sending, or nobody waits for it any more.</summary>
    public void Answer() => Asks = false;

    /// <summary>Rows are about to be sent.</summary>
    public void Send() => _sent++;

    /// <summary>A checkpoint covers everything up to the given count of <see cref="Sent"/>.</summary>
    public void Commit(long sent) => _committed = Math.Max(_committed, sent);

    /// <summary>A new run begins at a checkpoint: what is on the way is an earlier run's from now on.</summary>
    public void Begin()
    {
        Asks = false;
        _ofAnEarlierRun = HasRowsOnTheWay;
        _sent = _committed = 0;
    }

    /// <summary>An earlier run of another process may have sent rows beyond its checkpoint.</summary>
    public void Suspect() => _ofAnEarlierRun = true;

    /// <summary>A checkpoint covers all that an earlier run can have sent.</summary>
    public void Recover() => _ofAnEarlierRun = false;
}
