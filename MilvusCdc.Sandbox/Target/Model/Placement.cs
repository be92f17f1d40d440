namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>Where the next collection of a name goes and which ids it gets: for the replay of a recording, whose requests hold the recorded ids.</summary>
/// <param name="CollectionId">Its id.</param>
/// <param name="FirstPartitionId">Id of its first partition; the others follow.</param>
/// <param name="Channels">Numbers of the physical channels, one a shard.</param>
public sealed record Placement(long CollectionId, long FirstPartitionId, IReadOnlyList<int> Channels);
