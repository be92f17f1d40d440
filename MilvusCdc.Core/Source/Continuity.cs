using MilvusCdc.Protocol.Logs;
using MilvusCdc.Protocol.Messages;
using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Core.Source;

/// <summary>
/// Tells whether a channel is still the one that a checkpoint was taken on. All ticks before a checkpoint's position are at or before its frontier; a topic that was deleted and made again has
/// newer ones there, although it has the position.
/// </summary>
internal sealed class Continuity(string channel, LogPosition wanted, ulong frontier, LogBounds available)
{
    /// <summary>How many messages before the position are looked at: a few, of which one is a tick on every channel that is not very busy.</summary>
    public const int Messages = 8;

    /// <summary>Whether a message lies before the position, and is there to be looked at only.</summary>
    public bool IsBefore(LogPosition position) => position < wanted;

    /// <summary>Looks at a message that lies before the position. Throws <see cref="SourceLogGapException"/> when the channel is another one.</summary>
    public void Look(LogMessage message)
    {
        if (Tick(message) is { } tick && tick > frontier)
        {
            throw new SourceLogGapException(
                channel,
                wanted,
                available,
                $"the tick at {message.Position} is newer ({tick}) than the checkpoint that asks for what comes after it ({frontier}): the topic was deleted and made again");
        }
    }

    private static ulong? Tick(LogMessage message)
    {
        try
        {
            Envelope envelope = Envelope.Scan(message.Value);
            return envelope.Type == MsgType.TimeTick ? envelope.BaseTimestamp : null;
        }
        catch (MalformedMessageException)
        {
            // Whoever read it in its turn has said so.
            return null;
        }
    }
}
