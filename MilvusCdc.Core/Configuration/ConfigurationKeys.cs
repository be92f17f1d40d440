using System.Globalization;
using Microsoft.Extensions.Configuration;
using MilvusCdc.Core.Configuration.Secrets;

namespace MilvusCdc.Core.Configuration;

/// <summary>
/// Reads single values of one section. Remembers every mistake instead of stopping at the first, and every setting that was asked for, so that what is read and what is
/// documented are one.
/// </summary>
internal sealed class ConfigurationKeys(IConfiguration configuration, string prefix)
{
    private const string Hidden = "(hidden)";
    private const string AddressInWords = "an address such as http://10.0.0.7";

    private readonly IConfigurationSection _section = configuration.GetSection(prefix);
    private readonly List<string> _mistakes = [];
    private readonly List<OptionRow> _rows = [];

    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>Every setting that was asked for, in that order.</summary>
    public IReadOnlyList<OptionRow> Rows => _rows;

    public bool Has(string key) => _section.GetSection(key).Exists();

    public string? Optional(string key, string about)
    {
        string? value = _section[key] is { Length: > 0 } stated ? stated : null;
        Note(key, "any text", "", about, value ?? "");
        return value;
    }

    /// <summary>A secret, or a reference to one (<c>env:NAME</c>, <c>file:PATH</c>), which is followed.</summary>
    public string? Secret(string key, string about)
    {
        string? stated = _section[key] is { Length: > 0 } value ? value : null;
        Note(key, "a text, `env:NAME` or `file:PATH`", "", about, Shown(stated));
        return stated is null ? null : Follow(key, stated);
    }

    public string Text(string key, string standard, string about, string? standardInWords = null)
    {
        string? value = _section[key];
        if (value is not null && (value.Length == 0 || value.Trim() != value))
        {
            Wrong(key, value, "a text that is not empty and has no blanks around it");
        }

        Note(key, "a text", standardInWords ?? Code(standard), about, value ?? standard);
        return value ?? standard;
    }

    public string Path(string key, string standard, string about, string? standardInWords = null)
    {
        string value = _section[key] ?? standard;
        if (value.Length == 0 || value.Trim() != value || value.StartsWith('/') || value.EndsWith('/') || value.Contains("//", StringComparison.Ordinal))
        {
            Wrong(key, value, "a path such as 'by-dev', without a slash at its ends and without empty parts");
        }

        Note(key, "a path such as `by-dev`", standardInWords ?? Code(standard), about, value);
        return value;
    }

    public int Number(string key, int standard, int least, int most, string about)
    {
        int number = standard;
        if (_section[key] is { } value && !(int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= least && number <= most))
        {
            Wrong(key, value, $"a whole number from {least} to {most}");
            number = standard;
        }

        Note(key, string.Create(CultureInfo.InvariantCulture, $"{least:N0} to {most:N0}"), string.Create(CultureInfo.InvariantCulture, $"{standard:N0}"), about, number.ToString(CultureInfo.InvariantCulture));
        return number;
    }

    public TimeSpan Duration(string key, TimeSpan standard, TimeSpan least, TimeSpan most, string about)
    {
        TimeSpan time = standard;
        if (_section[key] is { } value && !(Durations.TryParse(value, out time) && time >= least && time <= most))
        {
            Wrong(key, value, $"a time from {Durations.Format(least)} to {Durations.Format(most)}, written as 500ms, 10s, 2m or 00:00:10");
            time = standard;
        }

        Note(key, $"{Durations.Format(least)} to {Durations.Format(most)}, written as `500ms`, `10s`, `2m`, `00:00:10`", Durations.Format(standard), about, Durations.Format(time));
        return time;
    }

    public string Brokers(string key, string standard, string about)
    {
        string value = _section[key] ?? standard;
        bool fine = value.Split(',', StringSplitOptions.TrimEntries).All(static broker =>
            broker.LastIndexOf(':') is > 0 and var colon
            && ushort.TryParse(broker.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0);
        if (!fine)
        {
            Wrong(key, value, "host:port, several separated by commas");
        }

        Note(key, "`host:port`, several separated by commas", Code(standard), about, value);
        return value;
    }

    /// <summary>A list by index (<c>Key:0</c>), or one text with commas.</summary>
    public IReadOnlyList<Uri> Addresses(string key, Uri standard, string about, string? standardInWords = null)
    {
        List<Uri> addresses = [];
        foreach (string value in List(key))
        {
            if (Address(value) is { } address)
            {
                addresses.Add(address);
            }
            else
            {
                Wrong(key, value, AddressInWords + ":2379 without path and login, several separated by commas");
            }
        }

        if (!Has(key))
        {
            addresses.Add(standard);
        }

        Note(
            key, "addresses such as `http://10.0.0.7:2379`, as a list or separated by commas", standardInWords ?? Code(standard.GetLeftPart(UriPartial.Authority)), about,
            string.Join(", ", addresses.Select(static address => address.GetLeftPart(UriPartial.Authority))));
        return addresses;
    }

    /// <summary>Absolute folders, as a list or one text with commas.</summary>
    public IReadOnlyList<string> Folders(string key, IReadOnlyList<string> standard, string about)
    {
        string[] stated = Has(key) ? List(key) : [.. standard];
        foreach (string folder in stated.Where(static folder => !System.IO.Path.IsPathFullyQualified(folder)))
        {
            Wrong(key, folder, "an absolute path, several separated by commas");
        }

        Note(key, "absolute paths, as a list or separated by commas", string.Join(", ", standard.Select(Code)), about, string.Join(", ", stated));
        return stated;
    }

    public string? File(string key, string about)
    {
        string? path = _section[key] is { Length: > 0 } stated ? stated : null;
        if (path is not null && !System.IO.File.Exists(path))
        {
            Wrong(key, path, "the path of an existing file");
        }

        Note(key, "the path of an existing file", "", about, path ?? "");
        return path;
    }

    /// <summary>Settings by names of their own; each value may be a reference to a secret.</summary>
    public IReadOnlyDictionary<string, string> Map(string key, string about)
    {
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        Collect(_section.GetSection(key), "");
        Note($"{key}:NAME", "a text, `env:NAME` or `file:PATH`", "", about, string.Join(", ", map.Keys.Order(StringComparer.Ordinal).Select(static name => $"{name}={Hidden}")), map.Count > 0 ? "" : null);
        return map;

        // Environment variables cannot hold dots: Settings__sasl__username is sasl.username as well.
        void Collect(IConfigurationSection at, string name)
        {
            foreach (IConfigurationSection child in at.GetChildren())
            {
                string full = name.Length == 0 ? child.Key : $"{name}.{child.Key}";
                if (child.Value is { } value)
                {
                    map[full] = Follow($"{key}:{full}", value);
                }

                Collect(child, full);
            }
        }
    }

    /// <summary>One address, or none.</summary>
    public Uri? OptionalAddress(string key, string about)
    {
        string? stated = _section[key] is { Length: > 0 } value ? value : null;
        Uri? address = stated is null ? null : Address(stated);
        if (stated is not null && address is null)
        {
            Wrong(key, stated, AddressInWords + " without path and login");
        }

        Note(key, "an address such as `http://10.0.0.7:8080`", "", about, stated ?? "");
        return address;
    }

    /// <summary>The keys of a list's items, such as <c>Tokens:0</c>.</summary>
    public IReadOnlyList<string> Items(string key) => [.. _section.GetSection(key).GetChildren().Select(child => $"{key}:{child.Key}")];

    /// <summary>One field of each of a list's items, null where it is missing. What is allowed is for the caller to check.</summary>
    public string?[] Column(string key, string field, string allowed, string about, bool isSecret = false)
    {
        string?[] values = [.. Items(key).Select(item => _section[$"{item}:{field}"])];
        Note($"{key}:N:{field}", allowed, "", about, string.Join(", ", values.Select(value => isSecret ? Shown(value) : value ?? "")), values.Length > 0 ? "" : null);
        return values;
    }

    /// <summary>Both or neither. Values are not shown: one of them is a secret.</summary>
    public void Together(string key, string? value, string otherKey, string? otherValue)
    {
        if (value is null != otherValue is null)
        {
            (string present, string missing) = value is null ? (otherKey, key) : (key, otherKey);
            _mistakes.Add($"{prefix}:{missing} is missing: it is needed because {prefix}:{present} is set; set both or neither");
        }
    }

    public bool Flag(string key, string about)
    {
        bool on = false;
        if (_section[key] is { } value && !bool.TryParse(value, out on))
        {
            Wrong(key, value, "true or false");
        }

        Note(key, "true or false", "false", about, on ? "true" : "false");
        return on;
    }

    /// <summary>A mistake that is not one of a single value; the whole sentence.</summary>
    public void Mistake(string mistake) => _mistakes.Add(mistake);

    /// <summary>Notes a value that is not allowed; always false.</summary>
    public bool Wrong(string key, string value, string allowed)
    {
        string origin = ValueOrigin.Of(configuration, $"{prefix}:{key}") is { } stated ? $" ({stated})" : "";
        _mistakes.Add($"{prefix}:{key} is '{value}'{origin}; allowed is {allowed}");
        return false;
    }

    private static Uri? Address(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.PathAndQuery is "/" && address.UserInfo is "" ? address : null;

    private static string Code(string value) => $"`{value}`";

    private static string Shown(string? secret) => secret is null ? "" : SecretReader.IsReference(secret) ? secret : Hidden;

    private string Follow(string key, string stated)
    {
        try
        {
            return SecretReader.Unrestricted.Read(stated);
        }
        catch (SecretException missing)
        {
            _mistakes.Add($"{prefix}:{key}: {missing.Message}");
            return "";
        }
    }

    private string[] List(string key)
    {
        IConfigurationSection at = _section.GetSection(key);
        return at.Value is { } single ? single.Split(',', StringSplitOptions.TrimEntries) : [.. at.GetChildren().Select(static child => child.Value ?? "")];
    }

    private void Note(string key, string allowed, string standard, string about, string value, string? origin = null) =>
        _rows.Add(new OptionRow(key, allowed, standard, about, value, origin ?? ValueOrigin.Of(configuration, $"{prefix}:{key}")));
}
