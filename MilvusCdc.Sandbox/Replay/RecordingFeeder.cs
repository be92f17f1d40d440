using MilvusCdc.Protocol.Messages;
using MilvusCdc.Sandbox.Recordings;

namespace MilvusCdc.Sandbox.Replay;

/// <summary>How a recording is fed.</summary>
public enum ReplayPace
{
    /// <summary>All of it lies there before the task starts.</summary>
    CatchUp,

    /// <summary>The task starts first, then everything comes in its recorded order.</summary>
    Live,
}

/// <summary>How far the feeding is.</summary>
/// <param name="Fed">Transactions of etcd and records fed.</param>
/// <param name="Total">How many there are in all.</param>
/// <param name="SourceTime">The recorded moment of the last one, as a Milvus timestamp; 0: none yet.</param>
public readonly record struct FeedProgress(long Fed, long Total, ulong SourceTime);

/// <summary>Where a recording is fed into.</summary>
public interface IRecordingSink
{
    /// <summary>Puts and deletes, at most 128, as one transaction.</summary>
    Task WriteAsync(IReadOnlyList<EtcdChange> changes, CancellationToken cancellation);

    /// <summary>Appends a record and returns the offset that it got.</summary>
    long Append(RecordedMessage message);
}

/// <summary>Feeds a recording into an etcd and a broker: first <see cref="PrepareAsync"/>, then (with the task started) <see cref="StreamAsync"/>.</summary>
/// <param name="recording">What is fed.</param>
/// <param name="sink">Where to.</param>
/// <param name="pace">How.</param>
/// <param name="speed">Live: 1 is the recorded speed, 10 ten times that, 0 as fast as possible.</param>
/// <param name="time">Clock of the pauses.</param>
public sealed class RecordingFeeder(Recording recording, IRecordingSink sink, ReplayPace pace, double speed, TimeProvider time)
{
    /// <summary>etcd's own limit for one transaction.</summary>
    private const int MaxTransaction = 128;

    private long _fed;
    private long _total;
    private ulong _sourceTime;
    private readonly SortedSet<string> _shifted = new(StringComparer.Ordinal);

    /// <summary>How far it is; safe to read from any thread.</summary>
    public FeedProgress Progress => new(Volatile.Read(ref _fed), Volatile.Read(ref _total), Volatile.Read(ref _sourceTime));

    /// <summary>Topics whose records did not get the offsets that they were recorded with: records are missing there, or there twice.</summary>
    public IReadOnlyCollection<string> ShiftedTopics => _shifted;

    /// <summary>Called after each step, on the feeding thread.</summary>
    public Action<FeedProgress>? OnProgress { get; init; }

    /// <summary>Live: waited for before each step, with the step's recorded moment as a Milvus timestamp; null: the speed alone decides.</summary>
    public Func<ulong, CancellationToken, ValueTask>? Gate { get; init; }

    /// <summary>
    /// Puts there what lies there when the task starts. Catch-up: etcd as it was at the end, and all records. Live: etcd as it was at the beginning.
    /// </summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        bool live = pace == ReplayPace.Live;
        IEnumerable<EtcdEntry> entries = live ? recording.EtcdBefore() : recording.EtcdAfter();
        foreach (EtcdEntry[] chunk in entries.Chunk(MaxTransaction))
        {
            await sink.WriteAsync([.. chunk.Select(entry => new EtcdChange(entry.Key, entry.Value, entry.Mod))], cancellation);
        }

        Volatile.Write(ref _total, recording.CountMessages() + (live ? EtcdOrder.Steps(recording).Count : 0));
        if (live)
        {
            return;
        }

        foreach (FeedStep step in RecordingTimeline.Steps(recording).Where(step => step is MessageStep))
        {
            await FeedAsync(step, cancellation);
        }
    }

    /// <summary>Live: everything that happened, in order and at the speed wanted. Catch-up: nothing is left to do.</summary>
    public async Task StreamAsync(CancellationToken cancellation)
    {
        if (pace == ReplayPace.CatchUp)
        {
            return;
        }

        long started = time.GetTimestamp();
        long? first = null;
        foreach (FeedStep step in RecordingTimeline.Steps(recording))
        {
            // Steps before the first timestamp have no time of their own.
            if (speed > 0 && step.Time != 0)
            {
                first ??= MilvusTime.PhysicalMs(step.Time);
                TimeSpan due = TimeSpan.FromMilliseconds((MilvusTime.PhysicalMs(step.Time) - first.Value) / speed);
                TimeSpan wait = due - time.GetElapsedTime(started);
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, time, cancellation);
                }
            }

            if (Gate is { } gate)
            {
                await gate(step.Time, cancellation);
            }

            await FeedAsync(step, cancellation);
        }
    }

    private async Task FeedAsync(FeedStep step, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        switch (step)
        {
            case EtcdStep etcd:
                foreach (EtcdChange[] chunk in etcd.Changes.Chunk(MaxTransaction))
                {
                    await sink.WriteAsync(chunk, cancellation);
                }

                break;
            case MessageStep { Message: { } message }:
                if (sink.Append(message) != message.Offset)
                {
                    _shifted.Add(message.Topic);
                }

                break;
        }

        Volatile.Write(ref _fed, _fed + 1);
        Volatile.Write(ref _sourceTime, step.Time);
        OnProgress?.Invoke(Progress);
    }
}
