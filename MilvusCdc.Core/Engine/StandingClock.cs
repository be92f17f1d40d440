using MilvusCdc.Core.Checkpoints;
using MilvusCdc.Protocol.Etcd;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Engine;

/// <summary>
/// The source's present time for a task that stands still and reads nothing. Reckoned from the cut by this machine's clock, which may have been set since, or be another machine's by now: ticks from the
/// future would hide from the target's readers everything that comes before them. So it is compared once with the source's own clock, which a living Milvus writes to its etcd every 3 s; when they
/// disagree, the source is right if it lives. From then on only measured time counts.
/// </summary>
internal sealed class StandingClock(Cut cut, TimeProvider time)
{
    /// <summary>How far the two may be apart to be taken as one: the source writes its clock up to 3 s ahead, and not more often.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    /// <summary>A source that has not written its clock for so long does not run.</summary>
    public static readonly TimeSpan LifeSign = TimeSpan.FromSeconds(7);

    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private ulong _base = cut.SourceTime(time.GetUtcNow());
    private long _since = time.GetTimestamp();

    /// <summary>The source's time now. Valid once <see cref="SettleAsync"/> has ended.</summary>
    public ulong Now => MilvusTime.Compose(MilvusTime.PhysicalMs(_base) + (long)time.GetElapsedTime(_since).TotalMilliseconds, 0);

    /// <summary>Compares with the source's clock; true when that was right and this was not. A source that cannot be asked decides nothing.</summary>
    /// <param name="read">Reads the source's clock; null: there is none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<bool> SettleAsync(Func<CancellationToken, Task<ulong?>> read, CancellationToken cancellation)
    {
        try
        {
            if (await read(cancellation) is not { } first || Distance(first, Now) <= Tolerance)
            {
                return false;
            }

            long asked = time.GetTimestamp();
            while (time.GetElapsedTime(asked) < LifeSign)
            {
                await Task.Delay(Pause, time, cancellation);
                if (await read(cancellation) is { } again && again != first)
                {
                    _since = time.GetTimestamp();
                    _base = Math.Max(cut.Head, MilvusTime.Compose(Math.Max(0, MilvusTime.PhysicalMs(again) - (long)Ahead.TotalMilliseconds), 0));
                    return true;
                }
            }
        }
        catch (EtcdException)
        {
            // The source's etcd is away: the target must stay queryable all the same.
        }

        return false;
    }

    private static TimeSpan Distance(ulong one, ulong other) => TimeSpan.FromMilliseconds(Math.Abs(MilvusTime.PhysicalMs(one) - MilvusTime.PhysicalMs(other)));
}
