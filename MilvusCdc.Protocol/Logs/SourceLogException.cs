namespace MilvusCdc.Protocol.Logs;

/// <summary>What kind of trouble the log made.</summary>
public enum SourceLogFault
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>No broker can be reached, or none answers in time.</summary>
    Unreachable,

    /// <summary>The brokers refuse the login, its rights or the encryption.</summary>
    Refused,

    /// <summary>A record's bytes are damaged or packed in a way that cannot be read.</summary>
    Unreadable,

    /// <summary>This machine lacks what is needed to read the log.</summary>
    NotInstalled,

    /// <summary>The broker no longer, or not yet, has a wanted position.</summary>
    Gap,
}

/// <summary>The broker could not be reached or refused. The message is one sentence that names what and where; retrying may help.</summary>
public class SourceLogException(string message, Exception? inner = null, SourceLogFault fault = SourceLogFault.Other) : Exception(message, inner)
{
    /// <summary>What kind of trouble it is.</summary>
    public SourceLogFault Fault => fault;
}

/// <summary>A wanted position is not in the log: what lies between is lost, so reading must not go on by itself.</summary>
public sealed class SourceLogGapException(string channel, LogPosition wanted, LogBounds? available, string? because = null)
    : SourceLogException(
        $"channel '{channel}': position {wanted} is wanted, the broker {(available is { } bounds ? $"has {bounds.First} to {bounds.End}" : "does not have the channel")}{(because is null ? "" : $", but {because}")}",
        fault: SourceLogFault.Gap)
{
    /// <summary>The channel that has the gap.</summary>
    public string Channel => channel;

    /// <summary>The position that was asked for.</summary>
    public LogPosition Wanted => wanted;

    /// <summary>What the broker has, or null when the channel does not exist.</summary>
    public LogBounds? Available => available;
}
