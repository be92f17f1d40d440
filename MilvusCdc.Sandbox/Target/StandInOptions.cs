namespace MilvusCdc.Sandbox.Target;

/// <summary>What the stand-in does when it is sent something that would kill or poison a real server.</summary>
public enum StandInMode
{
    /// <summary>It records the poison, and answers UNAVAILABLE from that call on, as a dead process does.</summary>
    Strict,

    /// <summary>It records the poison and answers what the recorded server answered (which is dead after a fatal one, until it is restarted).</summary>
    AsRecorded,
}

/// <summary>The message queue behind the target: decides positions, topic names and size limits.</summary>
public enum QueueKind
{
    /// <summary>Dense offsets per topic, names of [a-zA-Z0-9._-].</summary>
    Kafka,

    /// <summary>One growing number for all topics; a "/" in a topic name kills the server.</summary>
    RocksMq,

    /// <summary>Ledger and entry; every name is a topic.</summary>
    Pulsar,
}

/// <summary>How one stand-in behaves. Values may be changed while it runs; the next call sees them.</summary>
public sealed class StandInOptions
{
    /// <summary>First part of every channel name. Default "t1".</summary>
    public string ChannelPrefix { get; set; } = "t1";

    /// <summary>How many physical channels there are; 1 to 256. Default 16.</summary>
    public int ChannelCount { get; set; } = 16;

    /// <summary>True makes an ordinary instance, which refuses ReplicateMessage with 1900 and takes Insert, Delete and Upsert.</summary>
    public bool TtMsgEnabled { get; set; }

    /// <summary>What GetVersion and Connect say.</summary>
    public string Version { get; set; } = "v2.3.5";

    /// <summary>The message queue behind the target. Default Kafka.</summary>
    public QueueKind Queue { get; set; } = QueueKind.Kafka;

    /// <summary>What poison does. Default <see cref="StandInMode.Strict"/>.</summary>
    public StandInMode Mode { get; set; } = StandInMode.Strict;

    /// <summary>
    /// Strong and Bounded reads measure against the newest tick seen on any channel in use, instead of the clock. Recordings lie in another
    /// time than now, and a read of a consistent cut means: every shard has reached the newest tick.
    /// </summary>
    public bool TsoFollowsTicks { get; set; } = true;

    /// <summary>Largest request in bytes; above it the call ends with RESOURCE_EXHAUSTED. Default 64 MiB.</summary>
    public int MaxCallBytes { get; set; } = 64 << 20;

    /// <summary>Largest element of a pack in bytes; above it the queue refuses it (what stands before it in the pack is written). Default 10 MiB.</summary>
    public int MaxElementBytes { get; set; } = 10 << 20;

    /// <summary>How long Flush waits for a channel that no tick has opened, before it answers 500. Default 24 s.</summary>
    public TimeSpan FlushPatience { get; set; } = TimeSpan.FromSeconds(24);

    /// <summary>How long Query waits for a collection that is still loading, before it answers 103. Default 3 s.</summary>
    public TimeSpan LoadPatience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Answer at once what would be answered at the end of these two waits.</summary>
    public bool SkipWaits { get; set; }

    /// <summary>Keep the bytes of every element written to a channel (memory!). Types, sizes and timestamps are kept always.</summary>
    public bool KeepPayloads { get; set; }
}
