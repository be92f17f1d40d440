using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace MilvusCdc.Core.Configuration.GoConfig;

/// <summary>A configuration file of the Go tool as a source of configuration.</summary>
internal sealed class GoConfigProvider(GoConfigResult file) : IConfigurationProvider
{
    private readonly CancellationChangeToken _never = new(CancellationToken.None);

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Mistakes => file.Mistakes;

    /// <summary>What has no effect, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => file.Warnings;

    /// <summary>Where a value stands in the file; null: it does not.</summary>
    public string? OriginOf(string key) => file.Values.GetValueOrDefault(key)?.Origin;

    /// <inheritdoc/>
    public bool TryGet(string key, out string? value)
    {
        value = file.Values.GetValueOrDefault(key)?.Value;
        return value is not null;
    }

    /// <inheritdoc/>
    public void Set(string key, string? value)
    {
        // Settings are not written back into a file of another tool.
    }

    /// <inheritdoc/>
    public IChangeToken GetReloadToken() => _never;

    /// <inheritdoc/>
    public void Load()
    {
        // Read once, when the source was added.
    }

    /// <inheritdoc/>
    public IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        string prefix = parentPath is null ? "" : $"{parentPath}:";
        return file.Values.Keys.Where(key => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(key => key[prefix.Length..].Split(':')[0]).Concat(earlierKeys).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase);
    }
}

/// <summary>The same, to be put among the sources.</summary>
internal sealed class GoConfigSource(GoConfigResult file) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new GoConfigProvider(file);
}
