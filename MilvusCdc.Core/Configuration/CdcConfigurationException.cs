namespace MilvusCdc.Core.Configuration;

/// <summary>The configuration cannot be used. The message lists every mistake, one a line.</summary>
public sealed class CdcConfigurationException(IReadOnlyList<string> mistakes)
    : Exception($"The configuration has {mistakes.Count} mistake{(mistakes.Count == 1 ? "" : "s")}:{Environment.NewLine}" + string.Join(Environment.NewLine, mistakes.Select(static mistake => $"  {mistake}")))
{
    /// <summary>One sentence each: key, value, what is allowed.</summary>
    public IReadOnlyList<string> Mistakes => mistakes;
}
