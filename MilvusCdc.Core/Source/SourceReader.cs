using System.Collections.Concurrent;
using MilvusCdc.Core.DeadLetters;
using MilvusCdc.Core.Engine;
using MilvusCdc.Core.Tasks;
using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Source;

/// <summary>
/// Reads all channels of a task into their buffers and the replicate channel into the operation queue. A channel that has spent its share of the budget and does
/// not hold the timeline back is paused at the log, which is durable.
/// </summary>
internal sealed class SourceReader(
    ISourceLog log,
    OperationQueue operations,
    UnsupportedPolicy unsupported,
    ReadBudget budget,
    long readAhead,
    TaskProgress progress,
    DeadLetterDesk desk,
    TimeProvider time)
{
    // A message may have 5 MiB, but one more than the share always fits.
    private const long LeastShare = 256 << 10;

    private readonly ConcurrentDictionary<string, ChannelBuffer> _buffers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _paused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _floors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Continuity> _continuities = new(StringComparer.Ordinal);
    private readonly AsyncSignal _arrived = new();
    private ulong _newestTick;
    private NewestRead? _newest;

    /// <summary>The newest tick read on any channel: Milvus has finished every metadata change up to it.</summary>
    public ulong NewestTick => Volatile.Read(ref _newestTick);

    /// <summary>Where the newest tick was read; null: none yet.</summary>
    public NewestRead? Newest => Volatile.Read(ref _newest);

    /// <summary>Set whenever something was read.</summary>
    public AsyncSignal Arrived => _arrived;

    /// <summary>The buffer of an open channel.</summary>
    public ChannelBuffer Buffer(string channel) => _buffers[channel];

    /// <summary>Whether a channel is being read.</summary>
    public bool IsOpen(string channel) => _buffers.ContainsKey(channel);

    /// <summary>Rows of a vchannel at or before a timestamp are skipped. Stated before reading begins.</summary>
    public void SkipUpTo(string vchannel, ulong timestamp) => _floors[vchannel] = timestamp;

    /// <summary>Opens a channel; changes and ticks up to <paramref name="startAfter"/> are skipped.</summary>
    public Task OpenAsync(string channel, LogPosition from, ulong startAfter, CancellationToken cancellation) => OpenAsync(channel, from, from, startAfter, cancellation);

    /// <summary>
    /// Opens a channel at the position of a checkpoint, and looks whether it is still the channel that the checkpoint was taken on; <see cref="RunAsync"/> throws <see cref="SourceLogGapException"/> when
    /// it is not.
    /// </summary>
    public async Task GoOnAsync(string channel, LogPosition from, ulong frontier, CancellationToken cancellation)
    {
        LogPosition first = from;
        if (log.Back(from, Continuity.Messages) is { } back && NewestStated(channel) is { } newest && await log.GetBoundsAsync(channel, cancellation) is { } bounds && bounds.First < from)
        {
            first = back < bounds.First ? bounds.First : back;
            _continuities[channel] = new Continuity(channel, from, Math.Max(frontier, newest), bounds);
        }

        await OpenAsync(channel, first, from, frontier, cancellation);
    }

    // Checkpoints of a task that began at stated positions may lie before some of those. Null: what came before such a position is not known.
    private ulong? NewestStated(string channel)
    {
        ulong[] stated = [.. _floors.Where(floor => VirtualChannel.PhysicalOf(floor.Key) == channel).Select(static floor => floor.Value)];
        return stated.Contains(0UL) ? null : stated.DefaultIfEmpty().Max();
    }

    private async Task OpenAsync(string channel, LogPosition first, LogPosition from, ulong startAfter, CancellationToken cancellation)
    {
        var buffer = new ChannelBuffer(channel, startAfter);
        buffer.Begin(from);
        if (!_buffers.TryAdd(channel, buffer))
        {
            return;
        }

        progress.Channels.GetOrAdd(channel, static _ => new ChannelProgress()).Position = from.ToString();
        await log.OpenAsync(channel, first, cancellation);
    }

    /// <summary>Stops to read a channel on which nothing of the task lives any more.</summary>
    public async Task CloseAsync(string channel, CancellationToken cancellation)
    {
        await log.CloseAsync(channel, cancellation);
        _buffers.TryRemove(channel, out _);
        _paused.TryRemove(channel, out _);
        _continuities.TryRemove(channel, out _);
        if (progress.Channels.TryGetValue(channel, out ChannelProgress? shown))
        {
            shown.InUse = false;
        }
    }

    /// <summary>Reads until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (LogMessage message in log.ReadAsync(cancellation))
        {
            try
            {
                Accept(message);
            }
            catch (MalformedMessageException defect)
            {
                await desk.RefuseAsync(Unreadable(message, defect), cancellation);
                Pass(message);
            }

            _arrived.Set();
        }
    }

    /// <summary>Lets paused channels flow again when the timeline has emptied their buffers.</summary>
    public void ReleasePressure()
    {
        long share = Share();
        foreach ((string channel, ChannelBuffer buffer) in _buffers)
        {
            if ((buffer.Bytes < share / 2 || !buffer.HasTicks) && _paused.TryRemove(channel, out _))
            {
                log.SetPaused(channel, false);
            }
        }
    }

    private void Accept(LogMessage message)
    {
        if (message.Channel == operations.Channel)
        {
            operations.Add(message, OperationParser.Parse(message));
        }
        else if (_buffers.TryGetValue(message.Channel, out ChannelBuffer? buffer))
        {
            Accept(message, buffer);
        }
    }

    private void Pass(LogMessage message)
    {
        if (message.Channel == operations.Channel)
        {
            operations.Pass(message);
        }
        else if (_buffers.TryGetValue(message.Channel, out ChannelBuffer? buffer))
        {
            buffer.Skip(After(message.Position));
        }
    }

    private static RefusedPart Unreadable(LogMessage message, MalformedMessageException defect) =>
        new(new LetterId(message.Channel, message.Position), null, message.Value, 0, 0, $"it cannot be read ({defect.Message.TrimEnd('.')})");

    private void Accept(LogMessage message, ChannelBuffer buffer)
    {
        if (_continuities.TryGetValue(message.Channel, out Continuity? continuity))
        {
            if (continuity.IsBefore(message.Position))
            {
                continuity.Look(message);
                return;
            }

            _continuities.TryRemove(message.Channel, out _);
        }

        Envelope envelope = Envelope.Scan(message.Value);
        LogPosition next = After(message.Position);
        ChannelProgress shown = progress.Channels.GetOrAdd(message.Channel, static _ => new ChannelProgress());
        shown.Count(message.Value.Length);
        progress.Counters.Read(message.Channel, envelope.Type, message.Value.Length);
        switch (envelope.Type)
        {
            case MsgType.TimeTick:
                buffer.AddTick(new TickEntry(message.Position, envelope.BaseTimestamp), next);
                shown.Read = Math.Max(shown.Read, envelope.BaseTimestamp);
                if (envelope.BaseTimestamp > _newestTick)
                {
                    Volatile.Write(ref _newestTick, envelope.BaseTimestamp);
                    Volatile.Write(ref _newest, new NewestRead(message.Channel, next));
                    progress.RaiseHead(envelope.BaseTimestamp);
                }

                break;
            case MsgType.Insert or MsgType.Delete when _floors.Count > 0 && envelope.MaxTimestamp <= _floors.GetValueOrDefault(envelope.ShardName):
                buffer.Skip(next);
                break;
            case MsgType.Insert or MsgType.Delete or MsgType.DropCollection or MsgType.DropPartition:
                buffer.Add(new LogEntry(message.Position, envelope, message.TraceParent, time.GetTimestamp()), next);
                break;
            case MsgType.CreateCollection or MsgType.CreatePartition or MsgType.DataNodeTt:
                // The catalog tells these, with everything that belongs to them.
                buffer.Skip(next);
                break;
            default:
                RefuseOrCount(message, envelope);
                buffer.Skip(next);
                break;
        }

        if (buffer.Bytes > Share() && buffer.HasTicks && _paused.TryAdd(message.Channel, true))
        {
            log.SetPaused(message.Channel, true);
        }
    }

    private void RefuseOrCount(LogMessage message, Envelope envelope)
    {
        string kind = envelope.Type == MsgType.Import ? "bulk import" : $"message of type {(int)envelope.Type}";
        if (unsupported == UnsupportedPolicy.Block)
        {
            throw new ReplicationStoppedException(
                TaskPhase.Blocked,
                $"channel '{message.Channel}', position {message.Position}: a {kind} cannot be replicated; copy it by hand and set the task's policy for unsupported changes to 'ignore' to go on");
        }

        progress.Notice($"{kind} ignored");
    }

    /// <summary>What one channel may have waiting: its part of what the log's client and the rounds that were begun leave of the budget.</summary>
    private long Share() => Math.Max(LeastShare, (budget.OfOneTask - readAhead - progress.HeldBytes) / Math.Max(1, _buffers.Count));

    /// <summary>The position that follows; exact for Kafka, and for Pulsar "somewhere after", which is all that a comparison needs.</summary>
    internal static LogPosition After(LogPosition position) =>
        position.Batch < 0 ? position with { Entry = position.Entry + 1 } : position with { Batch = position.Batch + 1 };
}

/// <summary>How far the channel is read that is the furthest.</summary>
/// <param name="Channel">Its name.</param>
/// <param name="Next">The position behind its newest tick.</param>
internal sealed record NewestRead(string Channel, LogPosition Next);
