namespace MilvusCdc.Sandbox.Live;

/// <summary>What a load writes to the source.</summary>
public sealed class LoadOptions
{
    /// <summary>The collection's name, in the database "default"; made when it is missing.</summary>
    public string Collection { get; init; } = "load";

    /// <summary>Rows a second that are written, upserted or deleted; 1 to 1,000,000.</summary>
    public int Rate { get; init; } = 100;

    /// <summary>Dimension of the vectors.</summary>
    public int Dimension { get; init; } = 32;

    /// <summary>Rows a call.</summary>
    public int Batch { get; init; } = 10;

    /// <summary>Shards of the collection.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Shares of inserts, upserts and deletes.</summary>
    public (int Inserts, int Upserts, int Deletes) Mix { get; init; } = (70, 20, 10);

    /// <summary>The same seed writes the same rows.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long; null: until it is cancelled.</summary>
    public TimeSpan? Duration { get; init; }
}
