using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Where a round ends: the smallest tick, on any channel in use, that lies at least <see cref="MinimumRound"/> after the last boundary; known once every channel in
/// use has read a tick that is not below it. It follows from the log alone, so a restart at any boundary cuts the same rounds again.
/// </summary>
internal static class Boundary
{
    /// <summary>Shortest round. A loaded source's ticks differ from channel to channel; without it their union would cut rounds too fine to merge rows in.</summary>
    public static readonly TimeSpan MinimumRound = TimeSpan.FromMilliseconds(100);

    /// <summary>The next boundary after <paramref name="last"/>, or null while a channel has not read far enough.</summary>
    public static ulong? Next(ulong last, IEnumerable<ChannelBuffer> inUse)
    {
        ulong earliest = last == 0 ? 1 : last + MilvusTime.Compose((long)MinimumRound.TotalMilliseconds, 0);
        ulong? boundary = null;
        foreach (ChannelBuffer channel in inUse)
        {
            if (channel.FirstTick(earliest) is not { } tick)
            {
                return null;
            }

            boundary = boundary is { } smallest && smallest <= tick ? smallest : tick;
        }

        return boundary;
    }
}
