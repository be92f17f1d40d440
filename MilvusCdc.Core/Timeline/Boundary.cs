using MilvusCdc.Core.Source;
using MilvusCdc.Protocol.Messages;

namespace MilvusCdc.Core.Timeline;

/// <summary>
/// Where a round ends: the smallest tick, on any channel in use, that lies at least <see cref="MinimumRound"/> after the last boundary (or is the <see cref="MostTicks"/>th of its channel
/// since then); known once every channel in use has read a tick that is not below it. It follows from the log alone, so a restart at any boundary cuts the same rounds again.
/// </summary>
internal static class Boundary
{
    /// <summary>Shortest round. A loaded source's ticks differ from channel to channel; without it their union would cut rounds too fine to merge rows in.</summary>
    public static readonly TimeSpan MinimumRound = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// So many ticks of a channel end a round however close they lie. A source whose clock was set back goes on with the counter alone until its clock has come there again: without this
    /// nothing would be replicated until then.
    /// </summary>
    public const int MostTicks = 5;

    /// <summary>The next boundary after <paramref name="last"/>, or null while a channel has not read far enough.</summary>
    public static ulong? Next(ulong last, IEnumerable<ChannelBuffer> inUse)
    {
        ulong earliest = last == 0 ? 1 : last + MilvusTime.Compose((long)MinimumRound.TotalMilliseconds, 0);
        ulong? boundary = null;
        foreach (ChannelBuffer channel in inUse)
        {
            if (channel.FirstTick(earliest, MostTicks) is not { } tick)
            {
                return null;
            }

            boundary = boundary is { } smallest && smallest <= tick ? smallest : tick;
        }

        return boundary;
    }
}
