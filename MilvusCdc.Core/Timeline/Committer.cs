using System.Threading.Channels;
using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Source;
using MilvusCdc.Core.Target;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Moves the frontier over the rounds in their order: when all of a round is acknowledged, the checkpoint is written and only then the tick goes out that makes the round
/// visible. Rounds that were acknowledged meanwhile share one checkpoint and one tick.
/// </summary>
internal sealed class Committer(
    TargetSession session,
    TaskRun run,
    ShardRegistry shards,
    OperationQueue operations,
    CheckpointStore store,
    DeadLetterDesk desk,
    ISourceLog log,
    TimeProvider time)
{
    private readonly Channel<Flight> _flights = Channel.CreateUnbounded<Flight>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AsyncSignal _committedOne = new();
    private readonly HashSet<string> _ticked = new(StringComparer.Ordinal);
    private int _inFlight;
    private int _committed;

    /// <summary>Rounds that are not committed yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Adds a round whose groups are on their way, with the target pchannels that need its tick.</summary>
    public void Add(Round round, Task acknowledged, IReadOnlyCollection<string> targetChannels)
    {
        Interlocked.Increment(ref _inFlight);
        foreach (string channel in round.Resume.Keys)
        {
            run.Progress.Channels.GetOrAdd(channel, static _ => new ChannelProgress()).Sent = round.Boundary;
        }

        _flights.Writer.TryWrite(new Flight(round, acknowledged, shards.Capture(round), targetChannels, operations.Resume, session.Ticks.Mark(run.Task.Id)));
    }

    /// <summary>Waits until everything that was added is committed. One waiter at a time: the timeline.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        while (InFlight > 0)
        {
            await _committedOne.WaitAsync(cancellation);
        }
    }

    /// <summary>Waits until fewer than <paramref name="rounds"/> are in flight.</summary>
    public async Task RoomAsync(int rounds, CancellationToken cancellation)
    {
        while (InFlight >= rounds)
        {
            await _committedOne.WaitAsync(cancellation);
        }
    }

    /// <summary>Commits until cancelled, or until a round failed: its fault is thrown.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (Flight first in _flights.Reader.ReadAllAsync(cancellation))
        {
            using (run.Progress.Waits.Begin("the target has not acknowledged the rows that were sent to it", time))
            {
                await first.Acknowledged.WaitAsync(cancellation);
            }

            Flight last = first;
            int landed = 1;
            long bytes = first.Round.Bytes;
            var ticking = new HashSet<string>(first.TargetChannels, StringComparer.Ordinal);
            while (_flights.Reader.TryPeek(out Flight? next) && next.Acknowledged.IsCompletedSuccessfully)
            {
                _flights.Reader.TryRead(out last!);
                ticking.UnionWith(last.TargetChannels);
                landed++;
                bytes += last.Round.Bytes;
            }

            await CommitAsync(last, ticking, cancellation);
            _ticked.UnionWith(ticking);
            foreach (string left in _ticked.Except(last.TargetChannels).ToList())
            {
                session.Ticks.Leave(left, run.Task.Id);
                _ticked.Remove(left);
            }

            Interlocked.Add(ref _inFlight, -landed);
            run.Progress.Hold(-bytes);
            _committedOne.Set();
        }
    }

    private async Task CommitAsync(Flight flight, IReadOnlyCollection<string> ticking, CancellationToken cancellation)
    {
        ulong frontier = flight.Round.Boundary;
        var checkpoint = new Checkpoint
        {
            Frontier = frontier,
            LogKind = log.Kind,
            Channels = flight.Channels,
            Operations = flight.Operations,
            CatalogRevision = run.Catalog.Revision,
            WrittenAt = time.GetUtcNow(),
        };
        using (run.Progress.Waits.Begin("the meta store has not taken the checkpoint", time))
        {
            desk.Wish(await store.SaveAsync(run.Task.Id, checkpoint, run.Ownership, cancellation));
        }

        Acknowledge(checkpoint);
        using (run.Progress.Waits.Begin("the target has not acknowledged the tick that shows its newest rows", time))
        {
            await session.CommitAsync(run.Task.Id, frontier, flight.Mark, ticking).WaitAsync(cancellation);
        }

        run.Progress.Frontier = frontier;
        foreach (string ticked in ticking)
        {
            run.Progress.Counters.TargetTicks[ticked] = MilvusTime.PhysicalMs(frontier);
        }

        run.Progress.HeldBack = session.Ticks.HoldersAgainst(run.Task.Id);
        Recover();
        run.Progress.CheckpointedAt = checkpoint.WrittenAt.ToUnixTimeMilliseconds();
        foreach ((string channel, ChannelCheckpoint at) in flight.Channels)
        {
            ChannelProgress shown = run.Progress.Channels.GetOrAdd(channel, static _ => new ChannelProgress());
            shown.Acknowledged = frontier;
            shown.Position = at.Position.ToString();
            shown.InUse = true;
        }
    }

    /// <summary>An earlier run was never more rounds ahead of its checkpoint than the pipeline takes.</summary>
    private void Recover()
    {
        if (++_committed == PipelineOptions.LargestMaximumRounds || run.Progress.CaughtUp)
        {
            session.Ticks.Recover(run.Task.Id);
        }
    }

    // Only now: what a restart must read again has to be there.
    private void Acknowledge(Checkpoint checkpoint)
    {
        if (log is not IAcknowledgedLog keeps)
        {
            return;
        }

        foreach ((string channel, ChannelCheckpoint at) in checkpoint.Channels)
        {
            keeps.Acknowledge(channel, at.Position);
        }

        keeps.Acknowledge(operations.Channel, checkpoint.Operations);
    }

    private sealed record Flight(
        Round Round,
        Task Acknowledged,
        IReadOnlyDictionary<string, ChannelCheckpoint> Channels,
        IReadOnlyCollection<string> TargetChannels,
        LogPosition Operations,
        IReadOnlyDictionary<string, long> Mark);
}
