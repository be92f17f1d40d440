using KeyValuePair = MilvusCdc.Protocol.Milvus.Common.KeyValuePair;

namespace MilvusCdc.Core.Source.Catalog;

/// <summary>Properties of databases and collections.</summary>
internal static class Properties
{
    /// <summary>The last of two equal keys wins.</summary>
    internal static IReadOnlyDictionary<string, string> Of(IEnumerable<KeyValuePair> pairs)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair pair in pairs)
        {
            properties[pair.Key] = pair.Value;
        }

        return properties;
    }

    internal static bool Same(IReadOnlyDictionary<string, string> x, IReadOnlyDictionary<string, string> y) =>
        x.Count == y.Count && x.All(pair => y.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}
