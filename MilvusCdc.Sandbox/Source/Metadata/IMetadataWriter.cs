namespace MilvusCdc.Sandbox.Source.Metadata;

/// <summary>One key's new value; null: the key goes.</summary>
public readonly record struct MetadataChange(string Key, byte[]? Value);

/// <summary>Where a source keeps its metadata.</summary>
public interface IMetadataWriter
{
    /// <summary>Writes some keys, all at once (one revision).</summary>
    Task WriteAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellation);
}
