using MilvusCdc.Protocol.Milvus.Schema;

namespace MilvusCdc.Sandbox.Source;

/// <summary>What a source knows of a collection.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Schema">With field ids; without the dynamic field and the system's fields.</param>
/// <param name="Partitions">Ids by name.</param>
/// <param name="Channels">The physical channel of each shard.</param>
public sealed record SourceCollection(long Id, CollectionSchema Schema, IReadOnlyDictionary<string, long> Partitions, IReadOnlyList<string> Channels);
