using Confluent.Kafka;

namespace MilvusCdc.Protocol.Kafka;

/// <summary>Where a channel stands.</summary>
internal enum ChannelPhase
{
    /// <summary>Being opened: its position is not checked yet.</summary>
    Opening,

    /// <summary>Its topic does not exist yet.</summary>
    Waiting,

    /// <summary>It is read.</summary>
    Flowing,

    /// <summary>It is not read: the brokers said something about it that is to be looked into.</summary>
    Suspect,

    /// <summary>It has a gap, which was told.</summary>
    Lost,

    /// <summary>It was closed; what is still queued of it is forgotten.</summary>
    Closed,
}

/// <summary>One channel that is read, and how far.</summary>
internal sealed class OpenChannel(string name, long from)
{
    private volatile ChannelPhase _phase = ChannelPhase.Opening;

    public string Name => name;

    public TopicPartition Partition { get; } = new(name, 0);

    /// <summary>The offset that must come next. Written by the polling thread alone.</summary>
    public long Next { get; set; } = from;

    public ChannelPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    public bool Paused { get; set; }

    /// <summary>The round of the polling thread in which it was assigned: what that round returns may be a leftover of an earlier assignment.</summary>
    public long AssignedInRound { get; set; }

    /// <summary>Records were missing from <see cref="Next"/> on.</summary>
    public bool HasHole { get; set; }

    /// <summary>The place of a hole that was seen once; seen twice it is real.</summary>
    public long HoleSeenAt { get; set; } = -1;

    /// <summary>Since when the topic has been gone (<see cref="TimeProvider.GetTimestamp"/>), or null.</summary>
    public long? GoneSince { get; set; }
}
