namespace MilvusCdc.Protocol.Logs;

/// <summary>The broker could not be reached or refused. The message is one sentence that names what and where; retrying may help.</summary>
public class SourceLogException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A wanted position is not in the log: what lies between is lost, so reading must not go on by itself.</summary>
public sealed class SourceLogGapException(string channel, LogPosition wanted, LogBounds? available)
    : SourceLogException(available is { } bounds
        ? $"channel '{channel}': position {wanted} is wanted, the broker has {bounds.First} to {bounds.End}"
        : $"channel '{channel}': position {wanted} is wanted, the broker does not have the channel")
{
    /// <summary>The channel that has the gap.</summary>
    public string Channel => channel;

    /// <summary>The position that was asked for.</summary>
    public LogPosition Wanted => wanted;

    /// <summary>What the broker has, or null when the channel does not exist.</summary>
    public LogBounds? Available => available;
}
