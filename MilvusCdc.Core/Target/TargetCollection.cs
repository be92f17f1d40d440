using System.Collections.Concurrent;

namespace MilvusCdc.Core.Target;

/// <summary>One shard of a target collection.</summary>
internal sealed record TargetShard(string VChannel, string PChannel);

/// <summary>
/// What a source collection is on the target. The source id is its identity: names change. Stored with the task, so that a restart finds the collection again whatever
/// it is called by then.
/// </summary>
internal sealed class TargetCollection
{
    /// <summary>The source collection's id.</summary>
    public required long SourceId { get; init; }

    /// <summary>The target database.</summary>
    public required string Database { get; set; }

    /// <summary>The target collection's name now.</summary>
    public required string Name { get; set; }

    /// <summary>The target collection's id.</summary>
    public required long Id { get; init; }

    /// <summary>Source vchannels, by shard.</summary>
    public required IReadOnlyList<string> SourceShards { get; init; }

    /// <summary>Target shards: shard i of the source is shard i here.</summary>
    public required IReadOnlyList<TargetShard> Shards { get; init; }

    /// <summary>Source partition id to target partition id.</summary>
    public ConcurrentDictionary<long, long> Partitions { get; init; } = new();

    /// <summary>Source partitions that the target no longer has.</summary>
    public ConcurrentDictionary<long, bool> GonePartitions { get; init; } = new();

    /// <summary>Whether the target's API no longer has it; its drop messages may still be on their way.</summary>
    public bool Dropped { get; set; }

    /// <summary>Index of a source vchannel, or −1.</summary>
    public int ShardOf(string sourceVChannel)
    {
        for (int i = 0; i < SourceShards.Count; i++)
        {
            if (SourceShards[i] == sourceVChannel)
            {
                return i;
            }
        }

        return -1;
    }
}
