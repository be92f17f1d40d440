namespace MilvusCdc.Core.Source.Catalog;

/// <summary>The source's metadata is not what it must be. The message is one sentence that names the key and what is wrong with it; retrying does not help.</summary>
public sealed class CatalogException(string message, Exception? inner = null) : Exception(message, inner)
{
    internal static CatalogException ForKey(string key, string problem, Exception? inner = null) => new($"etcd key '{key}': {problem}", inner);
}
