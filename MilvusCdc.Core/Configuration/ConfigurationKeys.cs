using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MilvusCdc.Core.Configuration;

/// <summary>Reads single values of one section and remembers every mistake instead of stopping at the first.</summary>
internal sealed class ConfigurationKeys(IConfigurationSection section)
{
    private readonly List<string> _mistakes = [];

    public IReadOnlyList<string> Mistakes => _mistakes;

    public bool Has(string key) => section.GetSection(key).Exists();

    public string? Optional(string key) => section[key] is { Length: > 0 } value ? value : null;

    public string Text(string key, string standard)
    {
        string? value = section[key];
        if (value is null)
        {
            return standard;
        }

        if (value.Length == 0 || value.Trim() != value)
        {
            Wrong(key, value, "a text that is not empty and has no blanks around it");
        }

        return value;
    }

    public string Path(string key, string standard)
    {
        string value = Text(key, standard);
        if (value.StartsWith('/') || value.EndsWith('/') || value.Contains("//", StringComparison.Ordinal))
        {
            Wrong(key, value, "a path such as 'by-dev', without a slash at its ends and without empty parts");
        }

        return value;
    }

    public int Number(string key, int standard, int least, int most)
    {
        if (section[key] is not { } value)
        {
            return standard;
        }

        if (int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        Wrong(key, value, $"a whole number from {least} to {most}");
        return standard;
    }

    public TimeSpan Duration(string key, TimeSpan standard, TimeSpan least, TimeSpan most)
    {
        if (section[key] is not { } value)
        {
            return standard;
        }

        if (Durations.TryParse(value, out TimeSpan time) && time >= least && time <= most)
        {
            return time;
        }

        Wrong(key, value, $"a time from {Durations.Format(least)} to {Durations.Format(most)}, written as 500ms, 10s, 2m or 00:00:10");
        return standard;
    }

    public string Brokers(string key, string standard)
    {
        string value = Text(key, standard);
        bool fine = value.Split(',', StringSplitOptions.TrimEntries).All(static broker =>
            broker.LastIndexOf(':') is > 0 and var colon
            && ushort.TryParse(broker.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0);
        if (!fine)
        {
            Wrong(key, value, "host:port, several separated by commas");
        }

        return value;
    }

    /// <summary>A list by index (<c>Key:0</c>), or one text with commas.</summary>
    public IReadOnlyList<Uri> Addresses(string key, Uri standard)
    {
        if (!Has(key))
        {
            return [standard];
        }

        IConfigurationSection at = section.GetSection(key);
        string[] values = at.Value is { } single
            ? single.Split(',', StringSplitOptions.TrimEntries)
            : [.. at.GetChildren().Select(static child => child.Value ?? "")];
        List<Uri> addresses = [];
        foreach (string value in values)
        {
            if (Uri.TryCreate(value, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.PathAndQuery is "/" && address.UserInfo is "")
            {
                addresses.Add(address);
            }
            else
            {
                Wrong(key, value, "an address such as http://10.0.0.7:2379 without path and login, several separated by commas");
            }
        }

        return addresses;
    }

    public string? File(string key)
    {
        string? path = Optional(key);
        if (path is not null && !System.IO.File.Exists(path))
        {
            Wrong(key, path, "the path of an existing file");
        }

        return path;
    }

    public IReadOnlyDictionary<string, string> Map(string key)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        Collect(section.GetSection(key), "");
        return map;

        // Environment variables cannot hold dots: Settings__sasl__username is sasl.username as well.
        void Collect(IConfigurationSection at, string name)
        {
            foreach (IConfigurationSection child in at.GetChildren())
            {
                string full = name.Length == 0 ? child.Key : $"{name}.{child.Key}";
                if (child.Value is { } value)
                {
                    map[full] = value;
                }

                Collect(child, full);
            }
        }
    }

    /// <summary>Both or neither. Values are not shown: one of them is a secret.</summary>
    public void Together(string key, string? value, string otherKey, string? otherValue)
    {
        if (value is null != otherValue is null)
        {
            (string present, string missing) = value is null ? (otherKey, key) : (key, otherKey);
            _mistakes.Add($"{CdcOptions.Section}:{missing} is missing: it is needed because {CdcOptions.Section}:{present} is set; set both or neither");
        }
    }

    public bool Flag(string key)
    {
        if (section[key] is { } value && !bool.TryParse(value, out _))
        {
            Wrong(key, value, "true or false");
        }

        return bool.TryParse(section[key], out bool on) && on;
    }

    /// <summary>A mistake that is not one of a single value; the whole sentence.</summary>
    public void Mistake(string mistake) => _mistakes.Add(mistake);

    private void Wrong(string key, string value, string allowed) => _mistakes.Add($"{CdcOptions.Section}:{key} is '{value}'; allowed is {allowed}");
}
