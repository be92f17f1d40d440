namespace MilvusCdc.Core.Source.Catalog;

/// <summary>A partition of a source collection. Exists from <paramref name="CreatedAt"/> (inclusive) to <paramref name="DroppedAt"/> (exclusive); null: it is there still.</summary>
/// <param name="Id">Partition id.</param>
/// <param name="Name">Never changes.</param>
/// <param name="CreatedAt">Milvus timestamp.</param>
/// <param name="DroppedAt">Milvus timestamp; at the latest the collection's.</param>
/// <param name="CameWithCollection">Made by the creation of its collection, so no <see cref="PartitionCreated"/> tells of it.</param>
public sealed record SourcePartition(long Id, string Name, ulong CreatedAt, ulong? DroppedAt, bool CameWithCollection)
{
    /// <summary>Whether it existed at a timestamp.</summary>
    public bool ExistsAt(ulong at) => CreatedAt <= at && (DroppedAt is null || at < DroppedAt);
}
