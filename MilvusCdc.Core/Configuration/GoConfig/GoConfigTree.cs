using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MilvusCdc.Core.Configuration.GoConfig;

/// <summary>
/// The Go tool's YAML file, read by its rules: keys fit whatever the case of their letters; a number or a flag may stand where a text is expected, but nothing else is converted.
/// Remembers which keys were asked for: all others are unknown.
/// </summary>
internal sealed class GoConfigTree
{
    private readonly YamlMappingNode? _root;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _open = new(StringComparer.OrdinalIgnoreCase);

    private GoConfigTree(string file, YamlMappingNode? root) => (File, _root) = (file, root);

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <summary>One sentence each.</summary>
    public List<string> Mistakes { get; } = [];

    /// <summary>Reads a file; what is no YAML is a mistake of an empty tree.</summary>
    public static GoConfigTree Read(string file)
    {
        try
        {
            YamlStream yaml = [];
            using StreamReader text = new(file);
            yaml.Load(text);
            return yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is YamlScalarNode { Value: null or "" }
                ? new GoConfigTree(file, null)
                : yaml.Documents[0].RootNode is YamlMappingNode root ? new GoConfigTree(file, root)
                : Broken(file, $"{file} holds no keys; allowed is the form of the Go tool's configs/cdc.yaml");
        }
        catch (YamlException wrong)
        {
            return Broken(file, $"{file}, line {wrong.Start.Line}: this is no YAML: {wrong.Message}");
        }
        catch (ArgumentException wrong)
        {
            // What the library throws for some broken blocks, such as a tab before a key.
            return Broken(file, $"{file}: this is no YAML: {wrong.Message}");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return Broken(file, $"{file} cannot be read: {wrong.Message}");
        }
    }

    /// <summary>Whether the key is there, with any value but null.</summary>
    public bool Has(string path) => Find(path) is { } node && !IsNull(node);

    /// <summary>A text; null: absent.</summary>
    public string? Text(string path) => Find(path) switch
    {
        null => null,
        YamlScalarNode scalar => IsNull(scalar) ? null : scalar.Value,
        { } other => Wrong<string?>(path, other, "a text"),
    };

    /// <summary>A whole number; 0: absent.</summary>
    public long Number(string path) => Find(path) switch
    {
        null => 0,
        { } node when IsNull(node) => 0,
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        { } other => Wrong(path, other, "a whole number without quotes", 0L),
    };

    /// <summary>A flag; false: absent.</summary>
    public bool Flag(string path) => Find(path) switch
    {
        null => false,
        { } node when IsNull(node) => false,
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when bool.TryParse(scalar.Value, out bool flag) => flag,
        { } other => Wrong(path, other, "true or false without quotes", false),
    };

    /// <summary>A list of texts; empty: absent.</summary>
    public IReadOnlyList<string> List(string path) => Find(path) switch
    {
        null => [],
        { } node when IsNull(node) => [],
        YamlSequenceNode list => [.. list.Children.Select(static element => (element as YamlScalarNode)?.Value ?? "")],
        { } other => Wrong<IReadOnlyList<string>>(path, other, "a list", []),
    };

    /// <summary>Keys of the file's own, with text values; empty: absent.</summary>
    public IReadOnlyDictionary<string, string> Map(string path)
    {
        _open.Add(path);
        return Find(path) switch
        {
            null => new Dictionary<string, string>(),
            { } node when IsNull(node) => new Dictionary<string, string>(),
            YamlMappingNode map => map.Children.ToDictionary(static pair => Name(pair.Key), static pair => (pair.Value as YamlScalarNode)?.Value ?? "", StringComparer.Ordinal),
            { } other => Wrong<IReadOnlyDictionary<string, string>>(path, other, "keys with texts", new Dictionary<string, string>()),
        };
    }

    /// <summary>Takes a key and everything below it as known.</summary>
    public bool Skip(string path)
    {
        _open.Add(path);
        return Has(path);
    }

    /// <summary>All keys that nobody asked for, with their lines.</summary>
    public IEnumerable<(string Path, long Line)> Unknown() => _root is null ? [] : Unknown(_root, "");

    private IEnumerable<(string Path, long Line)> Unknown(YamlMappingNode map, string prefix)
    {
        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            string path = prefix.Length == 0 ? Name(key) : $"{prefix}.{Name(key)}";
            if (!_known.Contains(path))
            {
                yield return (path, key.Start.Line);
            }
            else if (value is YamlMappingNode below && !_open.Contains(path))
            {
                foreach ((string Path, long Line) unknown in Unknown(below, path))
                {
                    yield return unknown;
                }
            }
        }
    }

    private YamlNode? Find(string path)
    {
        YamlNode? at = _root;
        string asked = "";
        foreach (string part in path.Split('.'))
        {
            asked = asked.Length == 0 ? part : $"{asked}.{part}";
            _known.Add(asked);

            // An exact key wins over one in another case.
            at = (at as YamlMappingNode)?.Children.OrderByDescending(pair => Name(pair.Key) == part)
                .FirstOrDefault(pair => Name(pair.Key).Equals(part, StringComparison.OrdinalIgnoreCase)).Value;
        }

        return at;
    }

    private T Wrong<T>(string path, YamlNode node, string allowed, T standard = default!)
    {
        string value = node is YamlScalarNode scalar ? $"'{scalar.Value}'" : node is YamlSequenceNode ? "a list" : "a group of keys";
        Mistakes.Add($"{path} ({File}, line {node.Start.Line}) is {value}; allowed is {allowed}");
        return standard;
    }

    private static GoConfigTree Broken(string file, string mistake)
    {
        GoConfigTree tree = new(file, null);
        tree.Mistakes.Add(mistake);
        return tree;
    }

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static string Name(YamlNode key) => (key as YamlScalarNode)?.Value ?? "";
}
