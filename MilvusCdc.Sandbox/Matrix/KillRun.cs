using MilvusCdc.Protocol.Messages;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;

namespace MilvusCdc.Sandbox.Matrix;

/// <summary>What a replay with kills came to.</summary>
/// <param name="Outcomes">Of every point.</param>
/// <param name="Report">Target against source.</param>
/// <param name="Poisons">What would have harmed a real target.</param>
/// <param name="Took">From the first start to the comparison.</param>
/// <param name="Failure">Why it did not come to its end, or null.</param>
internal sealed record KillRunResult(IReadOnlyList<KillOutcome> Outcomes, ComparisonReport? Report, IReadOnlyList<string> Poisons, TimeSpan Took, string? Failure)
{
    /// <summary>Rows that the source has and the target has not, or has otherwise.</summary>
    public long Lost => Report?.Tables.Sum(table => table.Missing + table.Different + (table.Verdict == TableOutcome.MissingCollection ? table.Expected : 0)) ?? 0;

    /// <summary>Rows that the target has more often than the source, by rows or by count(*).</summary>
    public long Doubled => Report?.Tables.Sum(table => table.Doubled + table.Extra) ?? 0;

    /// <summary>Whether source and target are equal, and nothing was sent that would have harmed a real target.</summary>
    public bool Equal => Failure is null && Report is { AllEqual: true } && Poisons.Count == 0;
}

/// <summary>
/// One replay: a worker is killed at every point that it comes to, and started again (or another worker takes over). The source goes on only slowly while nobody has the task,
/// so that every point meets a live stream.
/// </summary>
internal sealed class KillRun(MatrixBedOptions options, IReadOnlyList<KillPoint> points)
{
    // A point that a workload without an end has not come to in that time it does not come to.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const long MaxAheadMs = 10_000;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly IMatrixWorkload _workload = options.Workload;
    private readonly List<Task> _starting = [];
    private MatrixBed _bed = null!;
    private KillSwitch _kills = null!;
    private Kill? _last;
    private string? _startFault;
    private long _began, _killed, _streamsSince;
    private TimeSpan? _nextKill;
    private ulong _first;
    private volatile bool _streaming = true;
    private bool _shallRun = true;

    /// <summary>Called for every kill.</summary>
    public Action<KillOutcome>? OnKill { get; init; }

    /// <summary>Kills the worker that has the task, besides the points, when it has streamed for so long since it was killed last; asked anew each time. Null: never.</summary>
    public Func<TimeSpan>? KillAfter { get; init; }

    /// <summary>Kills that came of <see cref="KillAfter"/>.</summary>
    public int Kills { get; private set; }

    /// <summary>A workload without an end goes on for so long at least.</summary>
    public TimeSpan Lasting { get; init; }

    public async Task<KillRunResult> RunAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        await using MatrixBed bed = await MatrixBed.StartAsync(options, cancellation);
        _bed = bed;
        _kills = new KillSwitch(bed, points);
        long started = _began = _killed = _streamsSince = TimeProvider.System.GetTimestamp();
        using CancellationTokenSource stopFeeding = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        Task feeding = Task.CompletedTask;
        string? failure = null;
        ComparisonReport? report = null;
        try
        {
            await _workload.PrepareAsync(bed.Etcd.Endpoint, bed.Source, limit.Token);
            string task = await bed.Workers[0].Api.CreateAsync(bed.Target.Address, limit.Token);
            _kills.TaskId = task;
            feeding = _workload.RunAsync(GateAsync, stopFeeding.Token);
            await DriveAsync(task, feeding, limit.Token);
            bed.Tap.Observer = null;
            report = _workload.Compare(await bed.ReadTargetAsync(limit.Token));
        }
        catch (SandboxException fault)
        {
            failure = fault.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure = $"It did not come to its end within {timeout.TotalSeconds:0} s: {await WhereAsync()}.";
        }
        finally
        {
            bed.Tap.Observer = null;
            await stopFeeding.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new KillRunResult(_kills.Outcomes, report, [.. bed.Target.Milvus.Poisons.Select(poison => poison.ToString())], TimeProvider.System.GetElapsedTime(started), failure);
    }

    private async Task DriveAsync(string task, Task feeding, CancellationToken cancellation)
    {
        long looked = 0;
        while (true)
        {
            while (_kills.Kills.TryRead(out Kill? kill))
            {
                _killed = kill.At;
                await RecoverAsync(kill, cancellation);
            }

            WatchStreaming();
            if (feeding.IsFaulted)
            {
                await feeding;
            }

            if (_streaming && !feeding.IsCompleted && KillAfter is { } after && _bed.Tap.Owner is >= 0 and var owner && TimeProvider.System.GetElapsedTime(_streamsSince) > (_nextKill ??= after()))
            {
                _nextKill = null;
                Kills++;
                await _kills.KillAsync(owner);
                continue;
            }

            if (TimeProvider.System.GetElapsedTime(looked) > Look)
            {
                looked = TimeProvider.System.GetTimestamp();
                if (await IsAtEndAsync(task, feeding, cancellation))
                {
                    return;
                }
            }

            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
    }

    private async Task<bool> IsAtEndAsync(string task, Task feeding, CancellationToken cancellation)
    {
        if (_bed.Target.Milvus.IsDead)
        {
            throw new SandboxException("The target has died of what it was sent.");
        }

        if (await _bed.FindTaskAsync(task, cancellation) is not { } report)
        {
            return false;
        }

        if (report.NeedsAPerson)
        {
            throw new SandboxException($"The task is {report.Phase}: {report.Reason ?? "the server gives no reason"}");
        }

        _shallRun = report.Intent == "Run";
        if (report.Phase == "Paused" && _bed.Tap.Owner >= 0)
        {
            // Only drains pause here: either the worker died in one, or it came to its end before the second step.
            _kills.GiveUpPause();
            await ResumeAsync(task, cancellation);
            return false;
        }

        return feeding.IsCompletedSuccessfully && _streaming && report is { CaughtUp: true, Phase: "Streaming" } && report.Frontier >= _workload.End;
    }

    private async Task ResumeAsync(string task, CancellationToken cancellation)
    {
        MatrixWorker worker = _bed.Workers[_bed.Tap.Owner];
        try
        {
            await worker.Api.ResumeAsync(task, cancellation);
            if (_last is { } kill)
            {
                _last = kill with { At = TimeProvider.System.GetTimestamp(), Ticks = _bed.Tap.Ticks };
                _streaming = false;
            }
        }
        catch (SandboxException)
        {
            // It was killed meanwhile; the next look asks again.
        }
    }

    private async Task RecoverAsync(Kill kill, CancellationToken cancellation)
    {
        _streaming = false;
        _shallRun = false;
        _last = kill;
        if (kill.Outcome is { } outcome)
        {
            OnKill?.Invoke(outcome);
        }

        if (_bed.Workers.Count == 1)
        {
            await _bed.EndLeaseAsync(kill.Worker, cancellation);
        }

        _kills.Revived(kill.Worker);
        _starting.Add(StartAgainAsync(kill.Worker, cancellation));
    }

    private async Task StartAgainAsync(int worker, CancellationToken cancellation)
    {
        try
        {
            await _bed.Workers[worker].Server.StartAgainAsync(cancellation);
        }
        catch (SandboxException fault)
        {
            // It may have been killed while it was starting; then it is started once more. If not, the replay does not come to its end and says this.
            _startFault = fault.Message;
        }
    }

    private void WatchStreaming()
    {
        // The ticks of a paused task only keep the target alive: the source must not pass by it.
        if (!_streaming && _shallRun && _last is { } kill && _bed.Tap.Ticks > kill.Ticks)
        {
            if (kill.Outcome is { } outcome)
            {
                outcome.ToStreaming = TimeProvider.System.GetElapsedTime(kill.At);
            }

            _streaming = true;
            _streamsSince = TimeProvider.System.GetTimestamp();
        }
    }

    private async ValueTask<bool> GateAsync(ulong time, CancellationToken cancellation)
    {
        bool more = (_kills.Left > 0 && TimeProvider.System.GetElapsedTime(_killed) < Patience) || TimeProvider.System.GetElapsedTime(_began) < Lasting;
        if (!_streaming)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }

        // A drain after a kill ends only when the worker has caught up; until then other points are not looked for.
        for (int look = 0; look < 100 && _kills.Pausing; look++)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }

        // A start that takes long must not see the whole source pass by. It is only slowed down: before the first collection, and where a target lacks some, there are no ticks.
        ulong reached = Math.Max(_bed.Tap.NewestTick, _first = _first == 0 ? time : _first);
        for (int look = 0; look < 20 && MilvusTime.PhysicalMs(time) - MilvusTime.PhysicalMs(reached) > MaxAheadMs; look++)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellation);
            reached = Math.Max(reached, _bed.Tap.NewestTick);
        }

        return more;
    }

    private async Task<string> WhereAsync()
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(10));
        try
        {
            return _kills.TaskId is { } id && await _bed.FindTaskAsync(id, soon.Token) is { } report
                ? $"the task is {report.Phase}{(report.Reason is { } reason ? $" ({reason})" : "")}, {_kills.Left} points were not reached"
                : $"no worker answers; {_startFault ?? "all were started"}";
        }
        catch (OperationCanceledException)
        {
            return $"no worker answers; {_startFault ?? "all were started"}";
        }
    }
}
