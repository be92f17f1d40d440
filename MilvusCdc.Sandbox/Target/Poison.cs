namespace MilvusCdc.Sandbox.Target;

/// <summary>What a real server would have suffered.</summary>
public enum PoisonKind
{
    /// <summary>Insert without a shard name: a real instance never starts again (target-behaviour.md 0.C).</summary>
    EmptyShardName,

    /// <summary>Counts that disagree with num_rows, a missing, unknown or id-less column, row-based data: the process dies and dies again (0.C).</summary>
    MalformedInsert,

    /// <summary>Delete without a timestamp for each key: the process dies.</summary>
    MalformedDelete,

    /// <summary>A shard name that the collection does not have: registered as a new channel and poisons the collection (0.D).</summary>
    UnknownShard,

    /// <summary>A shard of the collection, sent to the channel of another one: nobody there reads it.</summary>
    ShardOnOtherChannel,

    /// <summary>A collection or partition id the target does not have: rows or deletes are lost without a word.</summary>
    UnknownId,

    /// <summary>A channel name that is none of the target's physical channels: a topic is made that nobody reads.</summary>
    UnknownChannel,

    /// <summary>A Delete not newer than one applied by an earlier tick would have removed rows, and did not (0.B).</summary>
    LateDelete,

    /// <summary>Two different messages with one msgID inside one tick window: the second is dropped as a repeat.</summary>
    MessageIdReused,

    /// <summary>Drop message of a collection that still lives: its later rows are not persisted.</summary>
    DropBeforeCall,

    /// <summary>A Delete that readers ignore (key type or count of keys wrong): rows that should go stay.</summary>
    IgnoredDelete,

    /// <summary>A topic name that makes the queue's client panic.</summary>
    IllegalTopic,
}

/// <summary>One thing sent to the stand-in that would have killed or poisoned a real server.</summary>
/// <param name="Kind">What would have happened.</param>
/// <param name="Channel">The channel_name of the call.</param>
/// <param name="Element">Index of the element in its pack; -1 when it showed later, at a tick.</param>
/// <param name="What">One sentence that names ids, names and counts.</param>
/// <param name="Deadly">The real process dies, instead of losing data quietly.</param>
public sealed record Poison(PoisonKind Kind, string Channel, int Element, string What, bool Deadly)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} on {Channel}: {What}";
}
