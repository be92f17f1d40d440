using System.Globalization;
using System.Text;

namespace MilvusCdc.Api.Compatible.Metrics;

/// <summary>Writes metrics in Prometheus's text format. A family without samples is left out, as the Go client does.</summary>
internal sealed class PrometheusText
{
    private readonly SortedDictionary<string, (string Kind, string Help, List<string> Samples)> _families = new(StringComparer.Ordinal);

    /// <summary>Adds a sample of a gauge or counter.</summary>
    public void Add(string name, string kind, string help, double value, params (string Name, string Value)[] labels) => Add(name, kind, help, name, value, labels);

    /// <summary>Adds a histogram.</summary>
    public void AddHistogram(string name, string help, IReadOnlyList<int> bounds, (long[] Buckets, double Sum, long Count) read, params (string Name, string Value)[] labels)
    {
        for (int bound = 0; bound < bounds.Count; bound++)
        {
            Add(name, "histogram", help, $"{name}_bucket", read.Buckets[bound], [.. labels, ("le", bounds[bound].ToString(CultureInfo.InvariantCulture))]);
        }

        Add(name, "histogram", help, $"{name}_bucket", read.Count, [.. labels, ("le", "+Inf")]);
        Add(name, "histogram", help, $"{name}_sum", read.Sum, labels);
        Add(name, "histogram", help, $"{name}_count", read.Count, labels);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach ((string name, (string kind, string help, List<string> samples)) in _families)
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
            foreach (string sample in samples)
            {
                text.Append(sample).Append('\n');
            }
        }

        return text.ToString();
    }

    private void Add(string family, string kind, string help, string name, double value, params (string Name, string Value)[] labels)
    {
        if (!_families.TryGetValue(family, out (string Kind, string Help, List<string> Samples) known))
        {
            _families[family] = known = (kind, help, []);
        }

        string stated = string.Join(',', labels.Select(static label => $"{label.Name}=\"{Escaped(label.Value)}\""));
        known.Samples.Add(string.Create(CultureInfo.InvariantCulture, $"{name}{{{stated}}} {value}"));
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
