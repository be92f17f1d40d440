using MilvusCdc.Protocol.Milvus.Common;

namespace MilvusCdc.Sandbox.Source;

/// <summary>How a collection is made, besides its schema.</summary>
/// <param name="Shards">1 to 16.</param>
/// <param name="Level">What a read asks for when it does not say.</param>
/// <param name="Partitions">Of a collection with a partition key; 0 takes the version's default (64 in 2.3, 16 from 2.4).</param>
/// <param name="Properties">Such as collection.ttl.seconds.</param>
public sealed record CollectionSettings(
    int Shards = 1, ConsistencyLevel Level = ConsistencyLevel.Bounded, int Partitions = 0, IReadOnlyDictionary<string, string>? Properties = null);
