namespace MilvusCdc.Core.Source.Catalog;

/// <summary>The source's etcd did not bring the catalog up to date in time, or holds no catalog (yet). The message is one sentence with the last fault; retrying may help.</summary>
public sealed class CatalogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
