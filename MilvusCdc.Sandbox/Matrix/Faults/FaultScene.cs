using MilvusCdc.Protocol.Grpc;
using MilvusCdc.Sandbox.Comparison;
using MilvusCdc.Sandbox.Processes;
using MilvusCdc.Sandbox.Sockets;
using MilvusCdc.Sandbox.Source;
using MilvusCdc.Sandbox.Target;
using MilvusCdc.Sandbox.Workloads;

namespace MilvusCdc.Sandbox.Matrix.Faults;

/// <summary>A source in use, a target behind a gate, a server between them, and a task that streams: the place at which faults happen.</summary>
internal sealed class FaultScene : IAsyncDisposable
{
    private static readonly Dictionary<string, string> SetAside = new() { ["refused_messages"] = "set_aside" };
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly RandomWorkload _workload;
    private readonly CancellationTokenSource _stop = new();
    private Task _working = Task.CompletedTask;
    private int _resting;
    private bool _rests;

    private FaultScene(RandomWorkload workload, ShiftedTime clock)
    {
        _workload = workload;
        SourceClock = clock;
    }

    /// <summary>The processes.</summary>
    public MatrixBed Bed { get; private set; } = null!;

    /// <summary>The way to the target.</summary>
    public TcpGate Gate { get; private set; } = null!;

    /// <summary>The task.</summary>
    public string TaskId { get; private set; } = "";

    /// <summary>The source.</summary>
    public SourceMilvus Source => _workload.Source;

    /// <summary>The source's clock.</summary>
    public ShiftedTime SourceClock { get; }

    /// <summary>The worker.</summary>
    public MatrixWorker Worker => Bed.Workers[0];

    /// <summary>Starts everything; returns when the task streams.</summary>
    public static async Task<FaultScene> StartAsync(int seed, string? serverPath, Action<string>? log, CancellationToken cancellation, StandInOptions? target = null, bool setAside = false)
    {
        ShiftedTime clock = new();
        FaultScene scene = new(new RandomWorkload(seed, int.MaxValue, clock), clock);
        try
        {
            await scene.StartPartsAsync(serverPath, log, target ?? new StandInOptions(), setAside, cancellation);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>How the task is. When the API cannot say: <see cref="FaultRow.NoAnswer"/>, with its words as reason.</summary>
    public async Task<TaskReport> LookAsync(CancellationToken cancellation)
    {
        try
        {
            return await Worker.Api.GetAsync(TaskId, cancellation);
        }
        catch (SandboxException fault)
        {
            return new TaskReport("Run", "Running", FaultRow.NoAnswer, fault.Message, 0, 0, null, false);
        }
    }

    /// <summary>Looks until something is seen, or nothing was for so long: then the last report is returned with false.</summary>
    public async Task<(bool Seen, TaskReport Report)> LookForAsync(Func<TaskReport, bool> seen, TimeSpan timeout, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            TaskReport report = await LookAsync(cancellation);
            if (seen(report) || TimeProvider.System.GetElapsedTime(started) > timeout)
            {
                return (seen(report), report);
            }

            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Lets the source rest (its ticks go on), waits until the target has everything, compares, and lets the source go on. Null: the target did not come that far in time.</summary>
    public async Task<ComparisonReport?> CompareAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        await RestAsync(cancellation);
        try
        {
            ulong end = _workload.End;
            (bool reached, _) = await LookForAsync(report => report.CaughtUp && report.Frontier >= end, timeout, cancellation);
            return reached ? _workload.Compare(await Bed.ReadTargetAsync(cancellation)) : null;
        }
        finally
        {
            Volatile.Write(ref _resting, 0);
        }
    }

    /// <summary>Lets the source rest until the next comparison.</summary>
    public async Task RestAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref _resting, 1);
        while (!Volatile.Read(ref _rests) && !_working.IsCompleted)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }

        if (_working.IsFaulted)
        {
            await _working;
        }
    }

    /// <summary>Asks the task to go on, as a person does.</summary>
    public Task ResumeAsync() => Worker.Api.ResumeAsync(TaskId, CancellationToken.None);

    /// <summary>The calls of the source's etcd, or of the meta store's, fail like this while it is set; streams are cut.</summary>
    public static Task Break(EtcdProxy etcd, Func<EtcdCall, GrpcException?> fault)
    {
        etcd.Fault = fault;
        etcd.CutStreams();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Bed is not null)
        {
            await Bed.DisposeAsync();
        }

        if (Gate is not null)
        {
            await Gate.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task StartPartsAsync(string? serverPath, Action<string>? log, StandInOptions target, bool setAside, CancellationToken cancellation)
    {
        Bed = await MatrixBed.StartAsync(new MatrixBedOptions { Workload = _workload, ServerPath = serverPath, LeaseTtl = TimeSpan.FromSeconds(3), Target = target, Log = log }, cancellation);
        Gate = new TcpGate(Bed.Target.Address);
        await _workload.PrepareAsync(Bed.Etcd.Endpoint, Bed.Source, cancellation);
        TaskId = await Worker.Api.CreateAsync(Gate.Endpoint, setAside ? SetAside : [], cancellation);
        _working = _workload.RunAsync(RestGateAsync, _stop.Token);
        (bool streams, TaskReport report) = await LookForAsync(report => report.Phase == "Streaming", TimeSpan.FromSeconds(60), cancellation);
        if (!streams)
        {
            throw new SandboxException($"The task did not begin to stream: it is {report.Phase} ({report.Reason ?? "no reason given"}).");
        }
    }

    private async ValueTask<bool> RestGateAsync(ulong time, CancellationToken cancellation)
    {
        while (Volatile.Read(ref _resting) != 0)
        {
            Volatile.Write(ref _rests, true);
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }

        Volatile.Write(ref _rests, false);
        return true;
    }
}
