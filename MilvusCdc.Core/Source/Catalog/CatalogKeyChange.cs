namespace MilvusCdc.Core.Source.Catalog;

/// <summary>One key as a listing shows it, or as one event of a watch changed it.</summary>
/// <param name="Key">The whole etcd key.</param>
/// <param name="Value">The raw bytes; null: the key was deleted from etcd (garbage collection, not a drop).</param>
/// <param name="Revision">The key's mod revision (for a deletion its own); 0: the revision that is taken in.</param>
public readonly record struct CatalogKeyChange(string Key, ReadOnlyMemory<byte>? Value, long Revision = 0);
