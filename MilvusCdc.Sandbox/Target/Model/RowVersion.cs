namespace MilvusCdc.Sandbox.Target.Model;

/// <summary>One row as it was inserted: which batch and line hold its values, and from when to when it lives.</summary>
internal sealed class RowVersion
{
    public required PrimaryKey Key { get; init; }

    public required long PartitionId { get; init; }

    public required ulong Timestamp { get; init; }

    public required long RowId { get; init; }

    public required InsertBatch Batch { get; init; }

    public required int Line { get; init; }

    /// <summary>Timestamp of the Delete that removed it; none: the largest number.</summary>
    public ulong DeletedAt { get; set; } = ulong.MaxValue;

    public bool VisibleAt(ulong timestamp) => Timestamp <= timestamp && DeletedAt > timestamp;
}
