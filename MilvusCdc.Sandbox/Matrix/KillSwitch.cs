using System.Threading.Channels;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>
/// Kills workers at the points of one replay: each point once, in the order in which the replay comes to them. Points that pause are taken one after the other, since a task
/// has only one intent.
/// </summary>
internal sealed class KillSwitch
{
    private readonly MatrixBed _bed;
    private readonly List<Armed> _armed;
    private readonly Channel<Kill> _kills = Channel.CreateUnbounded<Kill>();
    private readonly HashSet<int> _dead = [];
    private readonly Lock _lock = new();

    public KillSwitch(MatrixBed bed, IEnumerable<KillPoint> points)
    {
        _bed = bed;
        _armed = [.. points.Select(point => new Armed(point))];
        Outcomes = [.. _armed.Select(armed => armed.Outcome)];
        bed.Tap.Observer = ObserveAsync;
    }

    /// <summary>Of every point, in the order given.</summary>
    public IReadOnlyList<KillOutcome> Outcomes { get; }

    /// <summary>Workers that were killed.</summary>
    public ChannelReader<Kill> Kills => _kills.Reader;

    /// <summary>The task that is paused at points that pause; null: not known yet.</summary>
    public string? TaskId { get; set; }

    /// <summary>A pause was asked for whose second step has not come.</summary>
    public bool Pausing => Read(() => _armed.Exists(armed => armed is { Point.Pause: true, Stage: 1, Outcome.Reached: false }));

    /// <summary>Points that are still waited for.</summary>
    public int Left => Read(() => _armed.Count(armed => !armed.Outcome.Reached));

    /// <summary>A worker is going to be started again.</summary>
    public void Revived(int worker) => Read(() => _dead.Remove(worker));

    /// <summary>Whether a worker was killed and not started again.</summary>
    public bool IsDead(int worker) => Read(() => _dead.Contains(worker));

    /// <summary>The pause came to its end without the second step: the point is not waited for any more.</summary>
    public void GiveUpPause() => Read(() => _armed.RemoveAll(armed => armed is { Point.Pause: true, Stage: 1, Outcome.Reached: false }));

    private async ValueTask<bool> ObserveAsync(WireEvent seen)
    {
        Armed? hit = null, pause = null;
        lock (_lock)
        {
            if (_dead.Contains(seen.Worker))
            {
                return true;
            }

            bool pausing = _armed.Exists(armed => armed is { Point.Pause: true, Stage: 1, Outcome.Reached: false });
            Armed? nextPause = _armed.Find(armed => armed is { Point.Pause: true, Outcome.Reached: false });
            foreach (Armed armed in _armed.Where(armed => !armed.Outcome.Reached && (armed.Point.Pause ? armed == nextPause : !pausing)))
            {
                if (hit is null && pause is null && armed.Counts(seen))
                {
                    if (armed.Stage == 0 && armed.Point.Then is not null)
                    {
                        (armed.Stage, armed.Count) = (1, 0);
                        pause = armed.Point.Pause ? armed : null;
                    }
                    else
                    {
                        hit = armed;
                        armed.Outcome.Reached = true;
                        _dead.Add(seen.Worker);
                    }
                }
            }
        }

        if (pause is not null)
        {
            await PauseAsync(seen.Worker, pause);
        }

        if (hit is not null)
        {
            await KillAsync(seen.Worker, hit.Outcome);
        }

        return hit is not null;
    }

    /// <summary>Kills a worker now, outside of the points.</summary>
    public async Task KillAsync(int worker)
    {
        Read(() => _dead.Add(worker));
        await KillAsync(worker, null);
    }

    private async Task KillAsync(int worker, KillOutcome? outcome)
    {
        if (outcome is not null)
        {
            outcome.InFlight = _bed.Tap.InFlight;
        }

        Task dead = _bed.Workers[worker].Server.Process.KillNowAsync();
        Kill kill = new(worker, outcome, TimeProvider.System.GetTimestamp(), _bed.Tap.Ticks);
        await dead;
        _bed.Tap.Died(worker);
        _kills.Writer.TryWrite(kill);
    }

    private async Task PauseAsync(int worker, Armed armed)
    {
        try
        {
            await _bed.Workers[worker].Api.PauseAsync(TaskId!, CancellationToken.None);
        }
        catch (SandboxException)
        {
            // The second step may be the very transaction that stores the pause: then the worker dies in this call. A busy one is asked again at the next occasion.
            Read(() => armed.Outcome.Reached || _dead.Contains(worker) ? armed.Stage : armed.Stage = 0);
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private sealed class Armed(KillPoint point)
    {
        public KillPoint Point => point;

        public KillOutcome Outcome { get; } = new(point);

        public int Stage { get; set; }

        public int Count { get; set; }

        public bool Counts(WireEvent seen)
        {
            WireMatch wanted = Stage == 0 ? point.At : point.Then!;
            return seen.Done == wanted.Done && seen.Names.Contains(wanted.Name) && ++Count >= wanted.Nth;
        }
    }
}

/// <summary>A worker that was killed.</summary>
/// <param name="Worker">Which.</param>
/// <param name="Outcome">At which point; null: at none.</param>
/// <param name="At">When.</param>
/// <param name="Ticks">How many ticks the target had got then.</param>
internal sealed record Kill(int Worker, KillOutcome? Outcome, long At, long Ticks);
