namespace MilvusCdc.Core.Source.Catalog;

/// <summary>An alias as it was at some timestamp.</summary>
public sealed record SourceAlias(long DatabaseId, string Name, long CollectionId);
