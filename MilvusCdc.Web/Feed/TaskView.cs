namespace MilvusCdc.Web.Feed;

/// <summary>One task as the Api showed it. Null is "not known": it is never shown as zero.</summary>
internal sealed record TaskView
{
    public required string Id { get; init; }

    public string? State { get; init; }

    public string? Phase { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Frontier { get; init; }

    public DateTimeOffset? Head { get; init; }

    public TimeSpan? Lag { get; init; }

    public bool? CaughtUp { get; init; }

    public DateTimeOffset? CheckpointedAt { get; init; }

    /// <summary>The worker has the task but has not been able to say anything newer; the reason tells since when.</summary>
    public bool? IsStale { get; init; }

    public string? Owner { get; init; }

    public long? Attempt { get; init; }

    public DateTimeOffset? NextRetryAt { get; init; }

    public string? Target { get; init; }

    public IReadOnlyList<ChannelView> Channels { get; init; } = [];

    public IReadOnlyList<CollectionView> Collections { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, long>> Notices { get; init; } = [];

    /// <summary>Rows inserted and keys deleted on the target since the worker took the task; null as long as no collection reports.</summary>
    public long? Rows => Collections.Count == 0 ? null : Collections.Sum(static collection => (collection.Inserted ?? 0) + (collection.Deleted ?? 0));

    /// <summary>The channels that the frontier waits for, the one furthest behind first.</summary>
    public ChannelView? Slowest => Channels.Where(static channel => channel.InUse != false && channel.Acknowledged is not null).MinBy(static channel => channel.Acknowledged);
}

/// <summary>Watermarks of one source pchannel, as the source's time.</summary>
internal sealed record ChannelView
{
    public required string Name { get; init; }

    public DateTimeOffset? Read { get; init; }

    public DateTimeOffset? Sent { get; init; }

    public DateTimeOffset? Acknowledged { get; init; }

    public bool? InUse { get; init; }

    public string? Position { get; init; }

    public long? Messages { get; init; }

    public long? Bytes { get; init; }
}

/// <summary>What was replicated of one source collection.</summary>
internal sealed record CollectionView
{
    public required string Id { get; init; }

    public string? SourceName { get; init; }

    public string? TargetName { get; init; }

    public long? Inserted { get; init; }

    public long? Deleted { get; init; }

    public bool? Dropped { get; init; }
}
